"""A role is given to everybody with credentials.

`system:authenticated` is every user and every service account of the cluster, of its guests too; on managed clusters it
may be everyone with an account of the provider. `system:serviceaccounts` is every pod with a token.
"""

from ringfence.formats.kubernetes_rbac import RoleBinding
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown, known_or
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="everyone-bound",
    severity="high",
    kind="misconfiguration",
    remedy="Bind it to those who need it.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/",),
    aliases=(
        "KSV-01011",
        "NSA-rbac",
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
                if item.kind == "Group" and item.name.startswith(("system:authenticated", "system:serviceaccounts"))
            ]
            if not found:
                return Holds()
            role = known_or(subject.role_name, "a role")
            return Broken(because=f"{role} is given to {found[0].username}", at=subject.at)
