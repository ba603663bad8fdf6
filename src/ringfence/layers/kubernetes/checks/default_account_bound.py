"""A role is given to the account that every pod has.

Every pod of the namespace that names no account acts as `default`: a role for one of them is a role for all, of later
ones too.
"""

from ringfence.formats.kubernetes_rbac import RoleBinding
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown, known_or
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="default-account-bound",
    severity="medium",
    kind="misconfiguration",
    remedy="Give the workload an account of its own and bind that.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/",),
    aliases=(
        "CIS-5.1.5",
        "NSA-service-accounts",
    ),
)


def check(subject: RoleBinding) -> Outcome:
    """Whom it names."""
    if subject.builtin:
        return NotApplicable(why="Kubernetes makes this binding itself")
    match subject.subjects:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(subjects):
            found = [item for item in subjects if item.kind == "ServiceAccount" and item.name == "default"]
            if not found:
                return Holds()
            role = known_or(subject.role_name, "a role")
            return Broken(because=f"{role} is given to {found[0].username}", at=subject.at)
