"""A role is given to requests without credentials.

`system:anonymous` and `system:unauthenticated` are whoever reaches the API server: often the whole internet.
"""

from ringfence.formats.kubernetes_rbac import RoleBinding
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown, known_or
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="anonymous-bound",
    severity="critical",
    kind="misconfiguration",
    remedy="Take the binding out.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/",),
    aliases=(
        "KSV-0122",
        "MITRE-T1078",
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
            found = [
                item
                for item in subjects
                if item.name in ("system:anonymous", "system:unauthenticated") and item.kind != "ServiceAccount"
            ]
            if not found:
                return Holds()
            role = known_or(subject.role_name, "a role")
            return Broken(because=f"{role} is given to {found[0].username}, which is anyone at all", at=subject.at)
