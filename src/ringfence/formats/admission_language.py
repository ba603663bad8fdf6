"""`AdmissionPolicy` objects in YAML, read strictly and written again.

Whatever is not known is an error that names line and place: a misspelt field would otherwise forbid nothing, and a misspelt
`until` would make an exception last for ever. `docs/admission.md` describes the language for its writers.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import kubernetes_objects, pod_security_standard, yaml_lines
from ringfence.formats.admission_policy import (
    KIND,
    VERSION,
    AdmissionPolicy,
    Defaults,
    HostPath,
    IdRule,
    ImageProfile,
    ImageRules,
    Match,
    Mode,
    PodRules,
    PolicyException,
    Requirement,
    ScanRule,
    Selector,
    SeLinuxLabel,
    SeLinuxRule,
    SignatureRule,
    Span,
    Use,
)
from ringfence.formats.document_tree import Cursor
from ringfence.formats.pod_security_standard import Level, Standard
from ringfence.model.fact import Fact
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known

MAX_POLICIES = 1_000
"""Policies of one set; each is asked about every pod."""
MAX_BYTES = 4 * 1024 * 1024
"""Bytes of one policy file."""

T = TypeVar("T")
Reader = Callable[[Cursor], Any]
_NAME = re.compile(r"[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?", re.ASCII)
_PROFILE = re.compile(r"RuntimeDefault|Unconfined|Unset|\*|Localhost/\S+", re.ASCII)
_ID_RULES = ("RunAsAny", "MustRunAs", "MayRunAs")
_SPAN_MAX = {"hostPorts": 65535}
_ID_MAX = 2**31 - 1
"""Kubernetes' validation takes no larger user or group id."""
_PERMIT_SAYS = (
    "privileged",
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "volumes",
    "allowPrivilegeEscalation",
    "allowedCapabilities",
)


class _Field(NamedTuple):
    """A field: its name in YAML, the attribute it becomes, and how it is read."""

    name: str
    attribute: str
    read: Reader


def read(data: bytes, path: str) -> tuple[AdmissionPolicy, ...]:
    """The policies of one file. Raises `Malformed` naming line and place, also for any other kind, and `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of a policy file", MAX_BYTES, where=path)
    found: list[AdmissionPolicy] = []
    try:
        for tree in yaml_lines.read(data):
            listed = tuple(kubernetes_objects.objects(tree, path))
            if not listed:
                raise _fault(Cursor(tree, path, "", tree.line), "has no apiVersion and kind")
            found.extend(_policy(here) for here in listed)
    except Malformed as cause:
        raise Malformed(KIND, cause.wrong.rpartition("not a valid ")[2].partition(": ")[2], where=path) from cause
    if len(found) > MAX_POLICIES:
        raise LimitExceeded("policies of one file", MAX_POLICIES, where=path)
    return tuple(found)


def _fault(here: Cursor, wrong: str) -> Malformed:
    return here.fault(wrong)


def _struct(here: Cursor, shape: type[T], fields: Iterable[_Field], required: Iterable[str] = ()) -> T:
    """A mapping as a value of `shape`. Raises `Malformed` for a field that is not known or missing."""
    known = {field.name: field for field in fields}
    values: dict[str, Any] = {}
    for name, place in here.entries():
        if name not in known:
            raise _fault(place, f"is no field; known are {', '.join(known)}")
        if place.written:
            values[known[name].attribute] = known[name].read(place)
    for name in required:
        if known[name].attribute not in values:
            raise _fault(here.get(name), "is missing")
    return shape(**values)


def _boolean(here: Cursor) -> bool:
    match here.boolean():
        case Known(value):
            return value
        case _:
            raise _fault(here, "is neither true nor false")


def _number(lowest: int, highest: int) -> Reader:
    def reads(here: Cursor) -> int:
        told = here.number()
        if not isinstance(told, Known) or not lowest <= told.value <= highest:
            raise _fault(here, f"is no whole number from {lowest} to {highest}")
        return told.value

    return reads


def _one_of(*words: str) -> Reader:
    def reads(here: Cursor) -> str:
        if here.text() not in words:
            raise _fault(here, f"is none of {', '.join(words)}")
        return here.text()

    return reads


def _text(here: Cursor) -> str:
    text = here.text()
    if not text:
        raise _fault(here, "is empty")
    return text


def _texts(here: Cursor) -> tuple[str, ...]:
    return tuple(_text(item) for item in here.items())


def _list(read_item: Reader) -> Reader:
    return lambda here: tuple(read_item(item) for item in here.items())


def _capabilities(here: Cursor) -> tuple[str, ...]:
    return tuple(name.upper().removeprefix("CAP_") for name in _texts(here))


def _profile(here: Cursor) -> str:
    text = _text(here)
    if not _PROFILE.fullmatch(text):
        raise _fault(here, "is no profile: RuntimeDefault, Localhost/NAME, Unconfined, Unset or *")
    return text


def _span(here: Cursor) -> Span:
    highest = next((top for name, top in _SPAN_MAX.items() if name in here.field), _ID_MAX)
    number = _number(0, highest)
    found = _struct(here, Span, (_Field("min", "min", number), _Field("max", "max", number)), ("min", "max"))
    if found.min > found.max:
        raise _fault(here, "ends before it begins")
    return found


def _id_rule(*words: str) -> Reader:
    def reads(here: Cursor) -> IdRule:
        fields = (_Field("rule", "rule", _one_of(*words)), _Field("ranges", "ranges", _list(_span)))
        found = _struct(here, IdRule, fields, ("rule",))
        if bool(found.ranges) != (found.rule in ("MustRunAs", "MayRunAs")):
            raise _fault(here, "needs ranges with MustRunAs and MayRunAs, and takes none otherwise")
        return found

    return reads


def _host_path(here: Cursor) -> HostPath:
    fields = (_Field("pathPrefix", "prefix", _text), _Field("readOnly", "read_only", _boolean))
    found = _struct(here, HostPath, fields, ("pathPrefix",))
    if not found.prefix.startswith("/") or ".." in found.prefix.split("/"):
        raise _fault(here.get("pathPrefix"), "is no absolute path without '..'")
    return found


_LABEL = tuple(_Field(name, name, _text) for name in ("level", "role", "type", "user"))


def _label(here: Cursor) -> SeLinuxLabel:
    return _struct(here, SeLinuxLabel, _LABEL)


def _se_linux(here: Cursor) -> SeLinuxRule:
    fields = (_Field("rule", "rule", _one_of(*_ID_RULES)), _Field("options", "labels", _list(_label)))
    found = _struct(here, SeLinuxRule, fields, ("rule",))
    if {"RunAsAny": found.labels, "MustRunAs": len(found.labels) != 1, "MayRunAs": not found.labels}[found.rule]:
        raise _fault(here, "needs one of options with MustRunAs, one or more with MayRunAs, and takes none otherwise")
    return found


POD_FIELDS = (
    _Field("privileged", "privileged", _boolean),
    _Field("allowPrivilegeEscalation", "allow_privilege_escalation", _boolean),
    _Field("allowedCapabilities", "allowed_capabilities", _capabilities),
    _Field("requiredDropCapabilities", "required_drop_capabilities", _capabilities),
    _Field("readOnlyRootFilesystem", "read_only_root_filesystem", _boolean),
    _Field("hostNetwork", "host_network", _boolean),
    _Field("hostPID", "host_pid", _boolean),
    _Field("hostIPC", "host_ipc", _boolean),
    _Field("hostPorts", "host_ports", _list(_span)),
    _Field("volumes", "volumes", _texts),
    _Field("allowedHostPaths", "allowed_host_paths", _list(_host_path)),
    _Field("allowedFlexVolumes", "allowed_flex_volumes", _texts),
    _Field("allowedCSIDrivers", "allowed_csi_drivers", _texts),
    _Field("runAsUser", "run_as_user", _id_rule("RunAsAny", "MustRunAs", "MustRunAsNonRoot")),
    _Field("runAsGroup", "run_as_group", _id_rule(*_ID_RULES)),
    _Field("fsGroup", "fs_group", _id_rule(*_ID_RULES)),
    _Field("supplementalGroups", "supplemental_groups", _id_rule(*_ID_RULES)),
    _Field("seLinux", "se_linux", _se_linux),
    _Field("seccompProfiles", "seccomp_profiles", _list(_profile)),
    _Field("appArmorProfiles", "app_armor_profiles", _list(_profile)),
    _Field("allowedProcMountTypes", "allowed_proc_mount_types", _texts),
    _Field("allowedSysctls", "allowed_sysctls", _texts),
    _Field("allowedUnsafeSysctls", "allowed_unsafe_sysctls", _texts),
    _Field("forbiddenSysctls", "forbidden_sysctls", _texts),
    _Field("allowedRuntimeClasses", "allowed_runtime_classes", _texts),
    _Field("automountServiceAccountToken", "automount_service_account_token", _boolean),
    _Field("hostUsers", "host_users", _boolean),
    _Field("windowsHostProcess", "windows_host_process", _boolean),
    _Field("allowedProbeHosts", "allowed_probe_hosts", _texts),
    _Field("ephemeralContainers", "ephemeral_containers", _boolean),
)
"""The fields of `spec.pods`."""

_IMAGE_PROFILE = (
    _Field("images", "images", _texts),
    _Field("seccompProfile", "seccomp_profile", _profile),
    _Field("appArmorProfile", "app_armor_profile", _profile),
    _Field("addCapabilities", "add_capabilities", _capabilities),
    _Field("writablePaths", "writable_paths", _texts),
)
_DEFAULTS = (
    _Field("addCapabilities", "add_capabilities", _capabilities),
    _Field("dropCapabilities", "drop_capabilities", _capabilities),
    _Field("allowPrivilegeEscalation", "allow_privilege_escalation", _boolean),
    _Field("readOnlyRootFilesystem", "read_only_root_filesystem", _boolean),
    _Field("writablePaths", "writable_paths", _texts),
    _Field("runAsNonRoot", "run_as_non_root", _boolean),
    _Field("runAsUser", "run_as_user", _number(0, _ID_MAX)),
    _Field("runAsGroup", "run_as_group", _number(0, _ID_MAX)),
    _Field("fsGroup", "fs_group", _number(0, _ID_MAX)),
    _Field("supplementalGroups", "supplemental_groups", _list(_number(0, _ID_MAX))),
    _Field("seLinuxOptions", "se_linux", _label),
    _Field("seccompProfile", "seccomp_profile", _profile),
    _Field("appArmorProfile", "app_armor_profile", _profile),
    _Field("runtimeClassName", "runtime_class", _text),
    _Field("automountServiceAccountToken", "automount_service_account_token", _boolean),
    _Field("hostUsers", "host_users", _boolean),
    _Field("profiles", "profiles", _list(lambda here: _struct(here, ImageProfile, _IMAGE_PROFILE, ("images",)))),
)
_SIGNATURE = (
    _Field("images", "images", _texts),
    _Field("keys", "keys", _texts),
    _Field("atLeast", "at_least", _number(1, 100)),
    _Field("predicate", "predicate", _text),
)


def _signature(here: Cursor) -> SignatureRule:
    found = _struct(here, SignatureRule, _SIGNATURE, ("images", "keys"))
    if not found.keys or found.at_least > len(found.keys):
        raise _fault(here, "asks for more keys than it names")
    return found


def _scan(here: Cursor) -> ScanRule:
    severity = _one_of(*(item.value for item in Severity if item is not Severity.UNKNOWN))
    fields = (
        _Field("failOn", "fail_on", lambda place: Severity(severity(place))),
        _Field("allowSecrets", "secrets", lambda place: not _boolean(place)),
        _Field("allowUnscanned", "unscanned", _boolean),
        _Field("maxAgeDays", "max_age_days", _number(1, 10_000)),
    )
    return _struct(here, ScanRule, fields)


_IMAGES = (
    _Field("allowed", "allowed", _texts),
    _Field("forbidden", "forbidden", _texts),
    _Field("forbiddenTags", "forbidden_tags", _texts),
    _Field("digest", "digest", _boolean),
    _Field("signatures", "signatures", _list(_signature)),
    _Field("scan", "scan", _scan),
)
_REQUIREMENT = (
    _Field("key", "key", _text),
    _Field("operator", "operator", _one_of("In", "NotIn", "Exists", "DoesNotExist")),
    _Field("values", "values", _texts),
)


def _requirement(here: Cursor) -> Requirement:
    found = _struct(here, Requirement, _REQUIREMENT, ("key", "operator"))
    if bool(found.values) != (found.operator in ("In", "NotIn")):
        raise _fault(here, "needs values with In and NotIn, and takes none otherwise")
    return found


class _Labels(Fact):
    labels: tuple[Requirement, ...] = ()
    expressions: tuple[Requirement, ...] = ()


def _selector(here: Cursor) -> Selector:
    def labels(place: Cursor) -> tuple[Requirement, ...]:
        return tuple(Requirement(key=key, operator="In", values=(value.text(),)) for key, value in place.entries())

    fields = (_Field("matchLabels", "labels", labels), _Field("matchExpressions", "expressions", _list(_requirement)))
    found = _struct(here, _Labels, fields)
    return Selector(requirements=(*found.labels, *found.expressions))


_MATCH = (
    _Field("namespaces", "namespaces", _texts),
    _Field("exceptNamespaces", "except_namespaces", _texts),
    _Field("namespaceSelector", "namespace_selector", _selector),
    _Field("podSelector", "pod_selector", _selector),
)


def _account(here: Cursor) -> str:
    text = here.text()
    if text.count(":") != 1 or not all(text.split(":")):
        raise _fault(here, "is no NAMESPACE:NAME")
    return text


_USE = (
    _Field("users", "users", _texts),
    _Field("groups", "groups", _texts),
    _Field("serviceAccounts", "service_accounts", _list(_account)),
)


def _day(here: Cursor) -> str:
    try:
        return dt.date.fromisoformat(here.text()).isoformat()
    except ValueError as cause:
        raise _fault(here, "is no day as YYYY-MM-DD") from cause


_EXCEPTION = (
    _Field("reason", "reason", _text),
    _Field("until", "until", _day),
    _Field("rules", "rules", _texts),
    _Field("namespaces", "namespaces", _texts),
    _Field("names", "names", _texts),
    _Field("users", "users", _texts),
    _Field("serviceAccounts", "service_accounts", _list(_account)),
    _Field("images", "images", _texts),
)
RULES_BESIDE = ("standard", "unreadable", "images.allowed", "images.forbidden", "images.forbiddenTags", "images.digest")
RULE_NAMES = frozenset({field.name for field in POD_FIELDS} | set(RULES_BESIDE) | {"images.signatures", "images.scan"})
"""The names of rules that a denial gives and an exception takes: fields of `spec.pods`, and what stands beside them."""


def _exception(here: Cursor) -> PolicyException:
    found = _struct(here, PolicyException, _EXCEPTION, ("reason",))
    for item in here.get("rules").items():
        if item.text() not in RULE_NAMES:
            raise _fault(item, "is no name of a rule; a denial says its name in brackets")
    if not any(getattr(found, name) for name in ("namespaces", "names", "users", "service_accounts", "images")):
        raise _fault(here, "would let every pod pass: name namespaces, names, users, serviceAccounts or images")
    return PolicyException(**{**{name: getattr(found, name) for name in found.__struct_fields__}, "at": here.at})


def _standard(here: Cursor) -> Standard:
    try:
        return pod_security_standard.standard(here.text())
    except Malformed as cause:
        raise _fault(here, "is no level with a version, as restricted:v1.30") from cause


_SPEC = (
    _Field("mode", "mode", lambda here: Mode(_one_of(*(mode.value for mode in Mode))(here))),
    _Field("description", "description", _text),
    _Field("match", "match", lambda here: _struct(here, Match, _MATCH)),
    _Field("use", "use", lambda here: _struct(here, Use, _USE)),
    _Field("standard", "standard", _standard),
    _Field("pods", "pods", lambda here: _struct(here, PodRules, POD_FIELDS)),
    _Field("images", "images", lambda here: _struct(here, ImageRules, _IMAGES)),
    _Field("defaults", "defaults", lambda here: _struct(here, Defaults, _DEFAULTS)),
    _Field("exceptions", "exceptions", _list(_exception)),
)


class _Spec(AdmissionPolicy, cache_hash=True):
    name: str = ""


def _policy(here: Cursor) -> AdmissionPolicy:
    if here.get("kind").text() != KIND or here.get("apiVersion").text() != VERSION:
        raise _fault(here.get("kind"), f"is not {KIND} of {VERSION}")
    for key, place in here.entries():
        if key not in ("apiVersion", "kind", "metadata", "spec"):
            raise _fault(place, "is no field; known are apiVersion, kind, metadata, spec")
    metadata = here.get("metadata")
    name = metadata.get("name")
    if not _NAME.fullmatch(name.text()):
        raise _fault(name, "is no name in lower-case letters, digits, '-' and '.'")
    spec = here.get("spec")
    found = _struct(spec, _Spec, _SPEC)
    if found.use is not None:
        _says_enough(spec, found)
    values = {field: getattr(found, field) for field in AdmissionPolicy.__struct_fields__}
    return AdmissionPolicy(**{**values, "name": name.text(), "at": here.at})


def _says_enough(spec: Cursor, found: AdmissionPolicy) -> None:
    """A permit that leaves out what opens the node would permit it unseen: it must say so, or rest on a standard."""
    if found.standard is not None and found.standard.level is not Level.PRIVILEGED:
        return
    pods = spec.get("pods")
    for name in _PERMIT_SAYS:
        if not pods.get(name).written:
            raise _fault(pods.get(name), "is missing: a permit without a standard says what it allows there")


def write(policy: AdmissionPolicy) -> dict[str, object]:
    """The policy as the object it is read from, without its place."""
    return {
        "apiVersion": VERSION,
        "kind": KIND,
        "metadata": {"name": policy.name},
        "spec": _plain(policy, _SPEC),
    }


_SHAPES: dict[type, tuple[_Field, ...]] = {
    Match: _MATCH,
    Use: _USE,
    PodRules: POD_FIELDS,
    ImageRules: _IMAGES,
    Defaults: _DEFAULTS,
    ImageProfile: _IMAGE_PROFILE,
    SignatureRule: _SIGNATURE,
    PolicyException: _EXCEPTION,
    SeLinuxLabel: _LABEL,
    Requirement: _REQUIREMENT,
    Span: (_Field("min", "min", _number(0, 1)), _Field("max", "max", _number(0, 1))),
    IdRule: (_Field("rule", "rule", _text), _Field("ranges", "ranges", _texts)),
    SeLinuxRule: (_Field("rule", "rule", _text), _Field("options", "labels", _texts)),
    HostPath: (_Field("pathPrefix", "prefix", _text), _Field("readOnly", "read_only", _boolean)),
}


def _plain(value: object, fields: Iterable[_Field] = ()) -> object:
    match value:
        case Standard():
            return str(value)
        case Selector():
            return {"matchExpressions": [_plain(item) for item in value.requirements]}
        case ScanRule():
            return dict(_scan_members(value))
        case Mode() | Severity():
            return value.value
        case bool() | int() | str():
            return value
        case tuple():
            return [_plain(item) for item in value]
        case _:
            return dict(_members(value, fields or _SHAPES[type(value)]))


def _members(value: object, fields: Iterable[_Field]) -> Iterator[tuple[str, object]]:
    empty = PodRules if isinstance(value, PodRules) else None
    for field in fields:
        held = getattr(value, field.attribute)
        # In `pods` an empty list allows nothing and is written; elsewhere it is the same as not written.
        if held is None or (held in ((), "", Selector(), Match(), PodRules()) and empty is None):
            continue
        yield field.name, _plain(held)


def _scan_members(rule: ScanRule) -> Iterator[tuple[str, object]]:
    if rule.fail_on is not None:
        yield "failOn", rule.fail_on.value
    yield "allowSecrets", not rule.secrets
    yield "allowUnscanned", rule.unscanned
    if rule.max_age_days:
        yield "maxAgeDays", rule.max_age_days
