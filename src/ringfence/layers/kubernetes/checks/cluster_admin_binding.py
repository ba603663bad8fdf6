"""Someone is bound to cluster-admin.

`cluster-admin` may do everything to everything. A workload's service account that is bound to it hands the cluster to
whoever breaks into one of its pods. Bound in one namespace, it is still the whole of that, with its Secrets and roles.

A few people need it, for emergencies. Programs nearly never do.
"""

from ringfence.formats.kubernetes_rbac import RoleBinding, Subject
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="cluster-admin-binding",
    severity="high",
    kind="misconfiguration",
    remedy="Bind a role with what is needed instead; keep cluster-admin for a group of people used in emergencies.",
    references=("https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles",),
    aliases=("CIS-5.1.1",),
)

EVERYONE = frozenset({"system:authenticated", "system:unauthenticated", "system:anonymous", "system:serviceaccounts"})
"""Names that stand for whole populations."""


def check(subject: RoleBinding) -> Outcome:
    """Who is bound, if it is to cluster-admin."""
    if subject.builtin:
        return NotApplicable(why="Kubernetes makes this binding itself")
    match subject.role_name:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known("cluster-admin") if subject.role_kind == "ClusterRole":
            return _bound(subject)
        case Known():
            return Holds()


def _bound(subject: RoleBinding) -> Outcome:
    match subject.subjects:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(subjects):
            # system:masters passes every check without any binding.
            given = tuple(item for item in subjects if item.name != "system:masters")
            if not given:
                return Holds()
            names = ", ".join(item.username for item in given[:5])
            where = "everywhere" if subject.kind == "ClusterRoleBinding" else f"in {subject.namespace or 'its namespace'}"
            return Broken(
                because=f"{names} may do everything {where}",
                at=subject.at,
                evidence=tuple(f"{item.kind} {item.username}" for item in given),
                severity=_severity(subject, given),
            )


def _severity(subject: RoleBinding, given: tuple[Subject, ...]) -> Severity:
    cluster = subject.kind == "ClusterRoleBinding"
    if any(item.name in EVERYONE for item in given) or (cluster and any(item.kind == "ServiceAccount" for item in given)):
        return Severity.CRITICAL
    return Severity.HIGH if cluster else Severity.MEDIUM
