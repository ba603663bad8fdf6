"""A role lets its holder gain more rights than it grants.

Some permissions are steps to others: `escalate` and `bind` on roles give any right, `impersonate` any identity; creating
pods gives the service accounts and node access that a pod may ask for, running commands in pods (`pods/exec`) what these
pods hold; `nodes/proxy` reaches the kubelet past admission and audit, and `serviceaccounts/token` makes tokens.

Controllers that create pods for others hold such rights rightfully. See that nobody else can act as them.
"""

from ringfence.formats.kubernetes_rbac import Rule
from ringfence.layers.kubernetes.facts import GrantedRole, grants_everything
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="escalation-permission",
    severity="high",
    kind="misconfiguration",
    remedy="Take the permission out, or bind it in one namespace only that holds nothing else of worth.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",),
    aliases=("CIS-5.1.4", "CIS-5.1.8", "CIS-5.1.10", "CIS-5.1.13"),
)

RBAC = "rbac.authorization.k8s.io"
STEPS = (
    ("escalate", RBAC, "clusterroles", "write rights it does not hold into cluster roles", Severity.CRITICAL),
    ("bind", RBAC, "clusterroles", "bind cluster roles it does not hold", Severity.CRITICAL),
    ("escalate", RBAC, "roles", "write rights it does not hold into roles", Severity.HIGH),
    ("bind", RBAC, "roles", "bind roles it does not hold", Severity.HIGH),
    ("impersonate", "", "users", "act as any user", Severity.CRITICAL),
    ("impersonate", "", "groups", "act as any group", Severity.CRITICAL),
    ("impersonate", "", "serviceaccounts", "act as any service account", Severity.HIGH),
    ("create", "", "serviceaccounts/token", "make tokens of service accounts", Severity.HIGH),
    ("get", "", "nodes/proxy", "reach the kubelets past admission and audit", Severity.HIGH),
    ("create", "", "nodes/proxy", "reach the kubelets past admission and audit", Severity.HIGH),
    ("create", "", "pods/exec", "run commands in pods", Severity.HIGH),
    ("create", "", "pods/attach", "attach to pods", Severity.MEDIUM),
    ("patch", "", "pods/ephemeralcontainers", "put containers into running pods", Severity.HIGH),
    ("create", "", "pods", "create pods, with any service account of the namespace", Severity.MEDIUM),
)
"""Verb, API group, resource, what it gives. Source: Kubernetes documentation, "RBAC good practices"."""


def check(subject: GrantedRole) -> Outcome:
    """The steps that the role's rules allow; one limited to named resources is not a step to all."""
    role = subject.role
    if role.builtin:
        return NotApplicable(why="Kubernetes makes this role itself")
    match role.rules:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known() if grants_everything(role):
            return NotApplicable(why="it may do everything, which is another fault")
        case Known(rules):
            found = [(step, rule) for step in STEPS if (rule := _rule(rules, *step[:3]))]
            if not found:
                return Holds()
            worst, rule = min(found, key=lambda pair: pair[0][4].rank)
            severity = worst[4] if role.kind == "ClusterRole" else max(worst[4], Severity.HIGH, key=lambda item: item.rank)
            return Broken(
                because=f"{role.kind} {role.name} may {worst[3]}",
                at=rule.at,
                evidence=tuple(dict.fromkeys(f"may {step[3]}" for step, _ in found)),
                severity=severity,
            )


def _rule(rules: tuple[Rule, ...], verb: str, group: str, resource: str) -> Rule | None:
    return next((rule for rule in rules if rule.allows(verb, group, resource) and not rule.resource_names), None)
