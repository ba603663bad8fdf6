"""A binding names the group that needs none.

`system:masters` passes every check whatever is bound; a binding of it shows that somebody uses it every day. Its members
cannot be shut out without changing the cluster's keys.
"""

from ringfence.formats.kubernetes_rbac import RoleBinding
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown, known_or
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="masters-group-bound",
    severity="medium",
    kind="misconfiguration",
    remedy="Use another group with a role of its own; keep system:masters for emergencies.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/",),
    aliases=(
        "KSV-0123",
        "CIS-5.1.7",
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
            found = [item for item in subjects if item.kind == "Group" and item.name == "system:masters"]
            if not found:
                return Holds()
            role = known_or(subject.role_name, "a role")
            return Broken(because=f"{role} is given to {found[0].username}", at=subject.at)
