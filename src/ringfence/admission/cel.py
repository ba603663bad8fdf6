"""What of a policy the API server can hold by itself: a ValidatingAdmissionPolicy in CEL, and what cannot be said in it.

A policy that is exported holds while no webhook answers. What CEL cannot know (the day, signatures, scans, a choice among
permits) is told as a note, and what is left out only makes the export stricter or leaves a rule to the webhook, never both
silent and looser.

Sources: kubernetes.io "Validating Admission Policy", "Common Expression Language in Kubernetes" (v1.30: optionals, strings).
"""

from collections.abc import Iterator

from ringfence.admission.cel_rules import hosts_told, matches, rules_of
from ringfence.formats.admission_policy import AdmissionPolicy, Mode, PolicyException, Requirement, Selector
from ringfence.model.fact import Fact

Object = dict[str, object]
GROUP = "admissionregistration.k8s.io/v1"
PREFIX = "ringfence-"

VARIABLES = (
    (
        "containers",
        "object.spec.containers + object.spec.?initContainers.orValue([]) + object.spec.?ephemeralContainers.orValue([])",
    ),
    ("volumes", "object.spec.?volumes.orValue([])"),
    ("windows", "object.spec.?os.?name.orValue('') == 'windows'"),
)
"""What every expression may use, by name."""
_ACTIONS = {Mode.ENFORCE: ["Deny"], Mode.WARN: ["Warn"], Mode.AUDIT: ["Audit"]}


class Exported(Fact):
    """The objects, and what could not be said: the field and why."""

    objects: tuple[dict[str, object], ...] = ()
    cannot: tuple[tuple[str, str], ...] = ()


def exported(policy: AdmissionPolicy, exempt: tuple[str, ...] = ("kube-system",)) -> Exported:
    """The policy as a ValidatingAdmissionPolicy with its binding; no objects if nothing of it can be said."""
    cannot = tuple(_cannot(policy))
    if policy.use is not None:
        return Exported(
            cannot=(("use", "a pod needs one of several permits, which no single policy of the server can say"),)
        )
    rules = {name: expression for name, expression in rules_of(policy) if expression}
    if not rules:
        return Exported(cannot=cannot)
    exceptions = [item for item in policy.exceptions if not item.until and not item.images]
    variables = [{"name": name, "expression": text} for name, text in VARIABLES]
    variables += [{"name": f"exception{index}", "expression": _exception(item)} for index, item in enumerate(exceptions)]
    spec: Object = {
        "failurePolicy": "Fail",
        "matchConstraints": _constraints(policy, exempt),
        "matchConditions": list(_conditions(policy)),
        "variables": variables,
        "validations": [
            {
                "expression": _excepted(name, expression, exceptions),
                "message": f"policy {policy.name}: [{name}] is broken; the webhook says how",
            }
            for name, expression in rules.items()
        ],
    }
    name = f"{PREFIX}{policy.name}"
    binding = {"policyName": name, "validationActions": _ACTIONS[policy.mode]}
    return Exported(
        objects=(
            {"apiVersion": GROUP, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": name}, "spec": spec},
            {"apiVersion": GROUP, "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": name}, "spec": binding},
        ),
        cannot=cannot,
    )


def _cannot(policy: AdmissionPolicy) -> Iterator[tuple[str, str]]:
    if policy.standard is not None:
        label = f"pod-security.kubernetes.io/enforce={policy.standard.level}"
        said = f"the server knows it itself: label namespaces {label} and enforce-version=v1.{policy.standard.minor}"
        yield "standard", said
    if policy.defaults is not None:
        yield "defaults", "a validating policy writes nothing"
    for index, item in enumerate(policy.exceptions):
        place = f"exceptions[{index}]"
        if item.until:
            yield place, f"the server does not know the day: what it lets pass until {item.until} is refused there"
        elif item.images:
            yield place, "it is for single containers: they are judged there"
    images = policy.images
    if images is not None:
        if images.signatures or images.scan:
            yield "images.signatures, images.scan", "CEL asks no registry and reads no report"
        for name, patterns in (("images.allowed", images.allowed), ("images.forbidden", images.forbidden)):
            if patterns and not hosts_told(patterns):
                yield (
                    name,
                    "names without a host mean Docker Hub, which CEL cannot tell: write full names of other registries",
                )
    if policy.pods.app_armor_profiles is not None:
        yield "pods.appArmorProfiles", "judged by the field alone, into which servers copy the old annotations since 1.30"


def _constraints(policy: AdmissionPolicy, exempt: tuple[str, ...]) -> Object:
    names = {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": list(exempt)}
    namespaces = [*_selector(policy.match.namespace_selector), *([names] if exempt else [])]
    made: Object = {
        "matchPolicy": "Equivalent",
        "resourceRules": [
            {
                "apiGroups": [""],
                "apiVersions": ["v1"],
                "resources": ["pods", "pods/ephemeralcontainers"],
                "operations": ["CREATE", "UPDATE"],
            }
        ],
    }
    if namespaces:
        made["namespaceSelector"] = {"matchExpressions": namespaces}
    if policy.match.pod_selector.requirements:
        made["objectSelector"] = {"matchExpressions": _selector(policy.match.pod_selector)}
    return made


def _selector(selector: Selector) -> list[Object]:
    def one(item: Requirement) -> Object:
        return {"key": item.key, "operator": item.operator, **({"values": list(item.values)} if item.values else {})}

    return [one(item) for item in selector.requirements]


def _conditions(policy: AdmissionPolicy) -> Iterator[Object]:
    images = "{0}.spec.containers.map(c, c.image)"
    changed = f"{images.format('object')} != {images.format('oldObject')}"
    attached = "request.subResource == 'ephemeralcontainers'"
    yield {"name": "something-judged-changes", "expression": f"request.operation == 'CREATE' || {attached} || {changed}"}
    if policy.match.namespaces:
        yield {"name": "namespaces", "expression": matches("request.namespace", policy.match.namespaces)}
    if policy.match.except_namespaces:
        yield {
            "name": "except-namespaces",
            "expression": f"!({matches('request.namespace', policy.match.except_namespaces)})",
        }


def _exception(item: PolicyException) -> str:
    parts = []
    if item.namespaces:
        parts.append(matches("request.namespace", item.namespaces))
    if item.names:
        parts.append(matches("request.name", item.names))
    if item.users:
        parts.append(matches("request.userInfo.username", item.users))
    if item.service_accounts:
        account = "request.namespace + ':' + object.spec.?serviceAccountName.orValue('default')"
        parts.append(matches(f"({account})", item.service_accounts))
    return " && ".join(f"({part})" for part in parts)


def _excepted(name: str, expression: str, exceptions: list[PolicyException]) -> str:
    holding = [
        f"variables.exception{index}" for index, item in enumerate(exceptions) if not item.rules or name in item.rules
    ]
    return " || ".join([*holding, f"({expression})"]) if holding else expression
