"""A role allows everything of a kind with a wildcard.

`*` grants what exists now and whatever a later version or a new operator adds: nobody has decided on it. On the core group
it includes Secrets and pods, and with them every identity of the namespace or the cluster.

Roles that Kubernetes makes itself are not meant. A wildcard over an operator's own API group is rated low.
"""

from ringfence.formats.kubernetes_rbac import EVERY, Role, Rule
from ringfence.layers.kubernetes.facts import GrantedRole
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="wildcard-permission",
    severity="high",
    kind="misconfiguration",
    remedy="Write out the verbs, groups and resources that are used; an audit log tells which these are.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/",),
    aliases=("CIS-5.1.3",),
)


def check(subject: GrantedRole) -> Outcome:
    """The rules with a wildcard, the widest deciding."""
    role = subject.role
    if role.builtin:
        return NotApplicable(why="Kubernetes makes this role itself")
    match role.rules:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(rules):
            wide = [rule for rule in rules if EVERY in (*rule.verbs, *rule.resources, *rule.api_groups)]
            if not wide:
                return Holds()
            worst = min(wide, key=lambda rule: _severity(role, rule).rank)
            return Broken(
                because=f"{role.kind} {role.name} allows {_words(worst)}",
                at=worst.at,
                evidence=tuple(f"{_words(rule)}, {rule.at}" for rule in wide),
                severity=_severity(role, worst),
            )


def _words(rule: Rule) -> str:
    listed = {EVERY: "everything"}
    verbs = ", ".join(listed.get(verb, verb) for verb in rule.verbs)
    resources = ", ".join("every resource" if name == EVERY else name for name in rule.resources) or "addresses"
    groups = ", ".join("every group" if name == EVERY else name or "the core group" for name in rule.api_groups)
    return f"{verbs} on {resources}" + (f" of {groups}" if groups else "")


def _severity(role: Role, rule: Rule) -> Severity:
    everything = EVERY in rule.verbs and EVERY in rule.resources and EVERY in rule.api_groups
    own_groups = bool(rule.api_groups) and all(_foreign(group) for group in rule.api_groups)
    reading = set(rule.verbs) <= {"get", "list", "watch"}
    if own_groups or not rule.resources:
        return Severity.LOW
    if everything:
        return Severity.CRITICAL if role.kind == "ClusterRole" else Severity.HIGH
    if role.kind == "ClusterRole" and EVERY in rule.resources and not reading:
        return Severity.HIGH
    return Severity.MEDIUM


def _foreign(group: str) -> bool:
    """Whether an API group is an operator's own: it has a domain that is not Kubernetes'."""
    return "." in group and not group.endswith((".k8s.io", ".kubernetes.io"))
