"""A pod is given a service account's token that it has no use for.

The token is mounted into every container of a pod unless somebody says no. Whoever breaks in can talk to the API server with
it: to look around at least, and to do whatever is ever granted to that account, which for `default` means granted to
every pod of the namespace that names no account of its own.

Pods that talk to the API server need it, with an account of their own.
"""

from ringfence.layers.kubernetes.facts import Pod
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="service-account-token-mounted",
    severity="low",
    kind="misconfiguration",
    remedy="Set `automountServiceAccountToken: false`; give a pod that needs the API an account and a role of its own.",
    references=("https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/",),
    aliases=("CIS-5.1.6",),
)


def check(subject: Pod) -> Outcome:
    """Whether the token is mounted, and whether its account is for this."""
    match subject.token_mounted:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(False):
            return Holds()
        case Known() if subject.service_account == "default":
            bound = " and is granted rights" if subject.account_bound else ""
            return Broken(
                because=f"the token of the account default, which all pods of the namespace share{bound}, is mounted",
                at=subject.at,
                severity=Severity.MEDIUM if subject.account_bound else None,
            )
        case Known() if subject.account_bound:
            return Holds()
        case Known():
            return Undecided(why=f"no binding of {subject.service_account} is among these manifests: it may be elsewhere")
