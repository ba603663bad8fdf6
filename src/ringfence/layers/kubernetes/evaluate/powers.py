"""One question to a role: whether its rules let somebody do a certain thing to any object."""

from ringfence.formats.kubernetes_rbac import Rule
from ringfence.layers.kubernetes.facts import GrantedRole, grants_everything
from ringfence.model.fact import Fact
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

_LOWER = {Severity.CRITICAL: Severity.HIGH, Severity.HIGH: Severity.MEDIUM, Severity.MEDIUM: Severity.LOW}


class Power(Fact):
    """One of the verbs on one of the resources of an API group."""

    verbs: tuple[str, ...]
    group: str
    resources: tuple[str, ...]

    def within(self, rule: Rule) -> bool:
        """Whether a rule gives it over objects of any name."""
        return not rule.resource_names and any(
            rule.allows(verb, self.group, resource) for verb in self.verbs for resource in self.resources
        )


def power(subject: GrantedRole, powers: tuple[Power, ...], may: str, severity: Severity) -> Outcome:
    """Whether the role gives one of the powers. In one namespace it is a step less bad than everywhere."""
    role = subject.role
    if role.builtin:
        return NotApplicable(why="Kubernetes makes this role itself")
    match role.rules:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known() if grants_everything(role):
            return NotApplicable(why="it may do everything, which is another fault")
        case Known(rules):
            giving = [rule for rule in rules if any(item.within(rule) for item in powers)]
            if not giving:
                return Holds()
            wide = role.kind == "ClusterRole" and (subject.cluster_wide or not subject.bound)
            return Broken(
                because=f"{role.kind} {role.name} may {may}",
                at=giving[0].at,
                evidence=tuple(f"held by {item.username}" for item in subject.bound),
                severity=severity if wide else _LOWER.get(severity, severity),
            )
