"""Each rule as a CEL expression that is true where it is kept. `cel` makes the API server's objects of them.

`c` is a container, `v` a volume, `p` a port, `s` a sysctl; `variables.containers`, `variables.volumes` and
`variables.windows` are those of `cel.VARIABLES`. Most places are optional (`.?name`), because most of what rules ask about
is not written in most pods.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator

from ringfence.formats.admission_policy import ANY, AdmissionPolicy, IdRule, ImageRules, PodRules, SeLinuxLabel
from ringfence.formats.image_name import DOCKER_HUB
from ringfence.layers.kubernetes.evaluate.pod_security_baseline import SYSCTLS

_SAFE = sorted(name for names in SYSCTLS.values() for name in names)
_POD = "object.spec.?securityContext"
_HANDLERS = ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle.?postStart", "lifecycle.?preStop")


def matches(value: str, patterns: Iterable[str]) -> str:
    """Whether a text fits one of the patterns, in which `*` stands for anything."""
    plain = [pattern for pattern in patterns if "*" not in pattern]
    wild = [pattern for pattern in patterns if "*" in pattern]
    parts = [f"{value} in {_list(plain)}"] if plain else []
    parts += [f"{value}.matches({_text(_regex(pattern))})" for pattern in wild]
    return " || ".join(parts) or "false"


def _regex(pattern: str) -> str:
    return f"^{'.*'.join(re.escape(part) for part in pattern.split(ANY))}$"


def _text(value: str) -> str:
    """A text as CEL writes it: JSON's escapes are among CEL's."""
    return json.dumps(value)


def _list(values: Iterable[str]) -> str:
    return json.dumps(list(values))


def _each(expression: str) -> str:
    return f"variables.containers.all(c, {expression})"


def _linux(expression: str) -> str:
    return f"variables.windows || {expression}"


def _own(field: str) -> str:
    return f"c.?securityContext.?{field}"


def _effective(field: str) -> str:
    """A setting of a container, or else of the pod, as an optional value."""
    return f"{_own(field)}.or({_POD}.?{field})"


def rules_of(policy: AdmissionPolicy) -> Iterator[tuple[str, str]]:
    """Each rule that asks something, with an expression that is true where it is kept; empty where CEL cannot say it."""
    for name, (attribute, said) in _POD_RULES.items():
        if getattr(policy.pods, attribute) is not None:
            yield name, said(policy.pods)
    if policy.images is not None:
        yield from _images(policy.images)


def _images(rules: ImageRules) -> Iterator[tuple[str, str]]:
    if rules.allowed is not None and hosts_told(rules.allowed):
        yield "images.allowed", _each(_image_matches(rules.allowed))
    if rules.forbidden and hosts_told(rules.forbidden):
        yield "images.forbidden", _each(f"!({_image_matches(rules.forbidden)})")
    if rules.digest:
        yield "images.digest", _each("c.image.matches('@sha(256|512):[0-9a-f]+$')")
    if rules.forbidden_tags:
        tags = "|".join(re.escape(tag) for tag in rules.forbidden_tags)
        wrong = f"c.image.matches({_text(f':({tags})$')})"
        if "latest" in rules.forbidden_tags:
            wrong += " || !c.image.matches(':[^/:]+$')"
        yield "images.forbiddenTags", _each(f"c.image.contains('@') || !({wrong})")


def hosts_told(patterns: Iterable[str]) -> bool:
    """Whether every pattern names a registry other than Docker Hub, whose names have many spellings."""
    return all(_host_told(pattern) for pattern in patterns)


def _host_told(pattern: str) -> bool:
    first, slash, _ = pattern.partition("/")
    return bool(slash) and ("." in first or ":" in first) and "*" not in first and not first.endswith(DOCKER_HUB)


def _image_matches(patterns: Iterable[str]) -> str:
    parts = []
    for pattern in patterns:
        body = ".*".join(re.escape(part) for part in pattern.split(ANY))
        parts.append(f"c.image.matches({_text(f'^{body}(:[^/@]+)?(@.+)?$')})")
    return " || ".join(parts) or "false"


def _capabilities(rules: PodRules) -> str:
    allowed = rules.allowed_capabilities or ()
    if ANY in allowed:
        return "true"
    return _each(f"{_own('capabilities.?add')}.orValue([]).all(x, x.upperAscii() in {_list(_spellings(allowed))})")


def _spellings(names: Iterable[str]) -> list[str]:
    return [spelt for name in names for spelt in (name, f"CAP_{name}")]


def _drops(rules: PodRules) -> str:
    asked = rules.required_drop_capabilities or ()
    dropped, added = (f"{_own(f'capabilities.?{name}')}.orValue([])" for name in ("drop", "add"))

    def has(where: str, names: Iterable[str]) -> str:
        return f"{where}.exists(x, x.upperAscii() in {_list(_spellings(names))})"

    each = " && ".join(has(dropped, [name]) for name in asked) or "true"
    return _linux(_each(f"({has(dropped, ['ALL'])} || ({each})) && !{has(added, asked)}"))


def _ports(rules: PodRules) -> str:
    within = [f"(p.hostPort >= {span.min} && p.hostPort <= {span.max})" for span in rules.host_ports or ()]
    return _each(f"c.?ports.orValue([]).all(p, {' || '.join(['p.?hostPort.orValue(0) == 0', *within])})")


def _volumes(rules: PodRules) -> str:
    kinds = rules.volumes or ()
    if ANY in kinds:
        return "true"
    return f"variables.volumes.all(v, {' || '.join(f'has(v.{kind})' for kind in kinds) or 'false'})"


def _paths(rules: PodRules) -> str:
    allowed = []
    for item in rules.allowed_host_paths or ():
        prefix = item.prefix.rstrip("/")
        under = f"(v.hostPath.path == {_text(prefix or '/')} || v.hostPath.path.startsWith({_text(f'{prefix}/')}))"
        mounts = "c.?volumeMounts.orValue([]).all(m, m.name != v.name || m.?readOnly.orValue(false))"
        allowed.append(f"({under} && {_each(mounts)})" if item.read_only else under)
    inside = " || ".join(allowed) or "false"
    return f"variables.volumes.all(v, !has(v.hostPath) || (!v.hostPath.path.matches('(^|/)[.][.](/|$)') && ({inside})))"


def _drivers(kind: str, attribute: str) -> Callable[[PodRules], str]:
    def said(rules: PodRules) -> str:
        allowed = getattr(rules, attribute)
        return (
            "true" if ANY in allowed else f"variables.volumes.all(v, !has(v.{kind}) || v.{kind}.driver in {_list(allowed)})"
        )

    return said


def _within(value: str, rule: IdRule) -> str:
    return " || ".join(f"({value} >= {span.min} && {value} <= {span.max})" for span in rule.ranges) or "false"


def _id(rule: IdRule | None, optional: str) -> str:
    """Whether an optional id keeps the rule."""
    if rule is None or rule.rule == "RunAsAny":
        return "true"
    held = f"{optional}.optMap(n, {_within('n', rule)})"
    return f"{held}.orValue({'false' if rule.rule == 'MustRunAs' else 'true'})"


def _user(rules: PodRules) -> str:
    rule = rules.run_as_user
    if rule is None or rule.rule != "MustRunAsNonRoot":
        return _linux(_each(_id(rule, _effective("runAsUser"))))
    user, refuses = _effective("runAsUser"), _effective("runAsNonRoot")
    told = f"({refuses}.orValue(false) || {user}.hasValue())"
    return _linux(_each(f"{user}.orValue(1) != 0 && {refuses}.orValue(true) && {told}"))


def _groups(rules: PodRules) -> str:
    rule = rules.supplemental_groups
    if rule is None or rule.rule == "RunAsAny":
        return "true"
    listed = f"{_POD}.?supplementalGroups.orValue([])"
    some = f" && size({listed}) > 0" if rule.rule == "MustRunAs" else ""
    return _linux(f"({listed}.all(n, {_within('n', rule)}){some})")


def _se_linux(rules: PodRules) -> str:
    rule = rules.se_linux
    if rule is None or rule.rule == "RunAsAny":
        return "true"

    def part(name: str) -> str:
        return f"{_own(f'seLinuxOptions.?{name}')}.or({_POD}.?seLinuxOptions.?{name}).orValue('')"

    def same(label: SeLinuxLabel) -> str:
        names = ("level", "role", "type", "user")
        if rule.rule == "MustRunAs":
            return " && ".join(f"{part(name)} == {_text(getattr(label, name))}" for name in names)
        return " && ".join(f"{part(name)} in {_list(['', getattr(label, name)])}" for name in names)

    return _linux(_each(" || ".join(f"({same(label)})" for label in rule.labels)))


def _profiles(field: str, attribute: str) -> Callable[[PodRules], str]:
    def said(rules: PodRules) -> str:
        allowed: tuple[str, ...] = getattr(rules, attribute)
        if ANY in allowed:
            return "true"
        plain = [name for name in allowed if not name.startswith("Localhost/")]
        files = [name.removeprefix("Localhost/") for name in allowed if name.startswith("Localhost/")]
        profile = _effective(field)
        kind, file = f"{profile}.?type.orValue('Unset')", f"{profile}.?localhostProfile.orValue('')"
        parts = [f"{kind} in {_list(plain)}"] + ([f"({kind} == 'Localhost' && ({matches(file, files)}))"] if files else [])
        return _linux(_each(" || ".join(parts)))

    return said


def _sysctls(rules: PodRules) -> str:
    return _every_sysctl(matches("s.name", rules.allowed_sysctls or ()))


def _unsafe(rules: PodRules) -> str:
    return _every_sysctl(f"s.name in {_list(_SAFE)} || {matches('s.name', rules.allowed_unsafe_sysctls or ())}")


def _forbidden(rules: PodRules) -> str:
    return _every_sysctl(f"!({matches('s.name', rules.forbidden_sysctls or ())})")


def _every_sysctl(expression: str) -> str:
    return f"{_POD}.?sysctls.orValue([]).all(s, {expression})"


def _probes(rules: PodRules) -> str:
    hosts = []
    for handler in _HANDLERS:
        for action in ("httpGet", "tcpSocket"):
            host = f"c.?{handler}.?{action}.?host.orValue('')"
            hosts.append(f"({host} == '' || {matches(host, rules.allowed_probe_hosts or ())})")
    return _each(" && ".join(hosts))


def _runtime(rules: PodRules) -> str:
    name = "object.spec.?runtimeClassName.orValue('')"
    return f"{name} == '' || {matches(name, rules.allowed_runtime_classes or ())}"


def _host_process(rules: PodRules) -> str:
    if rules.windows_host_process:
        return "true"
    field = "windowsOptions.?hostProcess"
    return f"!{_POD}.?{field}.orValue(false) && {_each(f'!{_own(field)}.orValue(false)')}"


def _forbids(attribute: str, expression: str) -> Callable[[PodRules], str]:
    """The rule of a boolean field that asks something only if it is false."""
    return lambda rules: "true" if getattr(rules, attribute) else expression


def _host(field: str, attribute: str) -> Callable[[PodRules], str]:
    return _forbids(attribute, f"!object.spec.?{field}.orValue(false)")


_PRIVILEGED = _each(f"!{_own('privileged')}.orValue(false)")
_ESCALATION = _linux(_each(f"!{_own('allowPrivilegeEscalation')}.orValue(true)"))
_READ_ONLY = _linux(_each(f"{_own('readOnlyRootFilesystem')}.orValue(false)"))
_USERS = _linux("!object.spec.?hostUsers.orValue(true)")
_TOKEN = "!object.spec.?automountServiceAccountToken.orValue(true)"  # noqa: S105 - an expression
_ATTACHED = "size(object.spec.?ephemeralContainers.orValue([])) == 0"

_POD_RULES: dict[str, tuple[str, Callable[[PodRules], str]]] = {
    "privileged": ("privileged", _forbids("privileged", _PRIVILEGED)),
    "allowPrivilegeEscalation": (
        "allow_privilege_escalation",
        _forbids("allow_privilege_escalation", _ESCALATION),
    ),
    "allowedCapabilities": ("allowed_capabilities", _capabilities),
    "requiredDropCapabilities": ("required_drop_capabilities", _drops),
    "readOnlyRootFilesystem": (
        "read_only_root_filesystem",
        lambda rules: _READ_ONLY if rules.read_only_root_filesystem else "true",
    ),
    "hostNetwork": ("host_network", _host("hostNetwork", "host_network")),
    "hostPID": ("host_pid", _host("hostPID", "host_pid")),
    "hostIPC": ("host_ipc", _host("hostIPC", "host_ipc")),
    "hostPorts": ("host_ports", _ports),
    "volumes": ("volumes", _volumes),
    "allowedHostPaths": ("allowed_host_paths", _paths),
    "allowedFlexVolumes": ("allowed_flex_volumes", _drivers("flexVolume", "allowed_flex_volumes")),
    "allowedCSIDrivers": ("allowed_csi_drivers", _drivers("csi", "allowed_csi_drivers")),
    "runAsUser": ("run_as_user", _user),
    "runAsGroup": ("run_as_group", lambda rules: _linux(_each(_id(rules.run_as_group, _effective("runAsGroup"))))),
    "fsGroup": ("fs_group", lambda rules: _linux(_id(rules.fs_group, f"{_POD}.?fsGroup"))),
    "supplementalGroups": ("supplemental_groups", _groups),
    "seLinux": ("se_linux", _se_linux),
    "seccompProfiles": ("seccomp_profiles", _profiles("seccompProfile", "seccomp_profiles")),
    "appArmorProfiles": ("app_armor_profiles", _profiles("appArmorProfile", "app_armor_profiles")),
    "allowedProcMountTypes": (
        "allowed_proc_mount_types",
        lambda rules: _each(f"{_own('procMount')}.orValue('Default') in {_list(_mounts(rules))}"),
    ),
    "allowedSysctls": ("allowed_sysctls", _sysctls),
    "allowedUnsafeSysctls": ("allowed_unsafe_sysctls", _unsafe),
    "forbiddenSysctls": ("forbidden_sysctls", _forbidden),
    "allowedRuntimeClasses": ("allowed_runtime_classes", _runtime),
    "automountServiceAccountToken": (
        "automount_service_account_token",
        _forbids("automount_service_account_token", _TOKEN),
    ),
    "hostUsers": ("host_users", _forbids("host_users", _USERS)),
    "windowsHostProcess": ("windows_host_process", _host_process),
    "allowedProbeHosts": ("allowed_probe_hosts", _probes),
    "ephemeralContainers": ("ephemeral_containers", _forbids("ephemeral_containers", _ATTACHED)),
}
"""By the name of the rule: the attribute that asks it, and its expression."""


def _mounts(rules: PodRules) -> list[str]:
    allowed = rules.allowed_proc_mount_types or ()
    return ["Default", "Unmasked"] if ANY in allowed else [*dict.fromkeys((*allowed, "Default"))]
