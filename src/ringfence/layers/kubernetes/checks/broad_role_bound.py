"""A program is bound to a role for people.

`admin` and `edit` are made for people who own a namespace: they read all Secrets, run commands in pods and act as any
service account there. A program seldom needs a tenth of it.
"""

from ringfence.formats.kubernetes_rbac import RoleBinding
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="broad-role-bound",
    severity="medium",
    kind="misconfiguration",
    remedy="Give it a role with what it needs.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/",),
    aliases=(
        "KSV-0111",
        "CIS-5.1.1",
    ),
)


def check(subject: RoleBinding) -> Outcome:
    """Whether a service account is bound to one of them."""
    if subject.builtin:
        return NotApplicable(why="Kubernetes makes this binding itself")
    match subject.role_name, subject.subjects:
        case (Unknown(reason), _) | (_, Unknown(reason)):
            return Undecided(why=reason)
        case Known(name), Known(subjects) if subject.role_kind == "ClusterRole" and name in ("admin", "edit"):
            programs = [item for item in subjects if item.kind == "ServiceAccount"]
            if not programs:
                return Holds()
            return Broken(because=f"{programs[0].username} has the role {name}", at=subject.at)
        case _:
            return Holds()
