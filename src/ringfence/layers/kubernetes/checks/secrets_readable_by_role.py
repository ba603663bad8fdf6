"""A role may read all Secrets.

`list` and `watch` return the contents as `get` does. Among the Secrets are other workloads' passwords, and tokens of service
accounts: who reads them all can act as any of these. In a ClusterRole that is bound cluster-wide it is nearly cluster-admin.

A role limited by `resourceNames` to the Secrets it needs is not meant; neither are the roles Kubernetes makes itself.
"""

from ringfence.formats.kubernetes_rbac import Rule
from ringfence.layers.kubernetes.facts import GrantedRole, grants_everything
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="secrets-readable-by-role",
    severity="high",
    kind="misconfiguration",
    remedy="Name the Secrets it needs in `resourceNames` with the verb `get`, or mount them and grant nothing.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#listing-secrets",),
    aliases=("CIS-5.1.2",),
)

READING = ("get", "list", "watch")


def check(subject: GrantedRole) -> Outcome:
    """The rules that read Secrets of any name."""
    role = subject.role
    if role.builtin:
        return NotApplicable(why="Kubernetes makes this role itself")
    match role.rules:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known() if grants_everything(role):
            return NotApplicable(why="it may do everything, which is another fault")
        case Known(rules):
            reading = [rule for rule in rules if _verbs(rule)]
            if not reading:
                return Holds()
            wide = role.kind == "ClusterRole" and (subject.cluster_wide or not subject.bound)
            scope = "of every namespace" if wide else "of the namespace"
            return Broken(
                because=f"{role.kind} {role.name} may {', '.join(_verbs(reading[0]))} all Secrets {scope}",
                at=reading[0].at,
                evidence=tuple(f"held by {item.username}" for item in subject.bound),
                severity=Severity.HIGH if wide else Severity.MEDIUM,
            )


def _verbs(rule: Rule) -> tuple[str, ...]:
    return () if rule.resource_names else tuple(verb for verb in READING if rule.allows(verb, "", "secrets"))
