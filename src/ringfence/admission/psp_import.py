"""Old PodSecurityPolicies as policies of ours, with a note wherever the meaning is not exactly the same.

Each becomes a permit: `use` names whom RBAC let use it. A binding in one namespace becomes a permit for that namespace. The
permit that bears the policy's own name is always written, if need be for nobody, so that no namespace is left without one: a
pod whom no policy would have let pass is refused as before.

Sources: Kubernetes API reference v1.24, `policy/v1beta1` PodSecurityPolicy; kubernetes.io "Pod Security Policies" (v1.24);
the defaults of pkg/apis/policy/v1beta1/defaults.go and the strategies of pkg/security/podsecuritypolicy.
"""

from collections.abc import Iterable, Iterator

import msgspec

from ringfence.errors import Malformed
from ringfence.formats.admission_policy import (
    AdmissionPolicy,
    Defaults,
    HostPath,
    IdRule,
    Match,
    PodRules,
    SeLinuxLabel,
    SeLinuxRule,
    Span,
    Use,
)
from ringfence.formats.document_tree import Cursor
from ringfence.formats.kubernetes_rbac import Role, RoleBinding, Subject
from ringfence.layers.kubernetes.evaluate.access import MASTERS, Authorizer, Request
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, known_or

KIND = "PodSecurityPolicy"
GROUPS = ("policy", "extensions")
"""The API groups that had the kind; RBAC rules may name either."""

_SECCOMP = "seccomp.security.alpha.kubernetes.io/"
_APPARMOR = "apparmor.security.beta.kubernetes.io/"
_ALLOWED, _DEFAULT = "allowedProfileNames", "defaultProfileName"
_FIELDS = frozenset(
    {"privileged", "defaultAddCapabilities", "requiredDropCapabilities", "allowedCapabilities", "volumes", "hostNetwork"}
    | {"hostPorts", "hostPID", "hostIPC", "seLinux", "runAsUser", "runAsGroup", "supplementalGroups", "fsGroup"}
    | {"readOnlyRootFilesystem", "defaultAllowPrivilegeEscalation", "allowPrivilegeEscalation", "allowedHostPaths"}
    | {"allowedFlexVolumes", "allowedCSIDrivers", "allowedUnsafeSysctls", "forbiddenSysctls", "allowedProcMountTypes"}
    | {"runtimeClass"}
)


class Note(Fact):
    """Something that does not mean exactly what it meant: the policy, its field, and what is different."""

    policy: str
    field: str
    said: str


class Imported(Fact):
    """The policies, and what changed its meaning."""

    policies: tuple[AdmissionPolicy, ...]
    notes: tuple[Note, ...]


def is_psp(here: Cursor) -> bool:
    """Whether the object is a PodSecurityPolicy."""
    group = here.get("apiVersion").text().partition("/")[0]
    return here.get("kind").text() == KIND and group in GROUPS


def imported(objects: Iterable[Cursor], roles: Iterable[Role], bindings: Iterable[RoleBinding]) -> Imported:
    """The policies that the objects come to. Raises `Malformed` for a field that PodSecurityPolicy does not have."""
    bound = tuple(bindings)
    authorizer = Authorizer(roles, bound)
    namespaces = sorted({item.namespace or "default" for item in bound if item.kind == "RoleBinding"})
    policies: list[AdmissionPolicy] = []
    notes: list[Note] = []
    for here in objects:
        policy = _policy(here)
        notes += [Note(policy=policy.name, field=field, said=said) for field, said in _notes(here, policy)]
        everywhere = _users(authorizer, policy.name, "")
        policies.append(msgspec.structs.replace(policy, use=everywhere))
        if everywhere == Use(groups=(MASTERS,)):
            said = "nobody but system:masters may use it in every namespace: no role and binding given here says otherwise"
            notes.append(Note(policy=policy.name, field="use", said=said))
        for namespace in namespaces:
            there = _users(authorizer, policy.name, namespace)
            if _more(there, everywhere):
                limited = Match(namespaces=(namespace,))
                name = f"{policy.name}.{namespace}"
                policies.append(msgspec.structs.replace(policy, name=name, use=there, match=limited))
    if policies:
        notes += [Note(policy="all", field=field, said=said) for field, said in _GENERAL]
    return Imported(policies=tuple(policies), notes=tuple(notes))


_GENERAL = (
    ("use", "who may use a policy is written into it: what roles and bindings say later is not followed; import again"),
    ("namespaces", "the webhook leaves out its own namespace and kube-system, where PodSecurityPolicy judged pods too"),
    ("requiredDropCapabilities", "dropping ALL counts as dropping each; PodSecurityPolicy wanted each by name"),
    ("kubernetes.io/psp", "the permit that let a pod pass is named in the audit log, not in an annotation of the pod"),
)


def _users(authorizer: Authorizer, name: str, namespace: str) -> Use:
    """Who may use the policy for pods of a namespace; everywhere, if that is empty."""
    found: dict[Subject, None] = {}
    for group in GROUPS:
        request = Request(verb="use", group=group, resource="podsecuritypolicies", name=name, namespace=namespace)
        found.update((grant.subject, None) for grant in authorizer.holders(request) if namespace or not grant.namespace)
    kinds = {kind: [item for item in found if item.kind == kind] for kind in ("User", "Group", "ServiceAccount")}
    return Use(
        users=tuple(item.name for item in kinds["User"]),
        # The API server lets this group do everything without asking RBAC.
        groups=tuple(dict.fromkeys([*(item.name for item in kinds["Group"]), MASTERS])),
        service_accounts=tuple(f"{item.namespace or 'default'}:{item.name}" for item in kinds["ServiceAccount"]),
    )


def _more(there: Use, everywhere: Use) -> bool:
    return any(set(getattr(there, name)) - set(getattr(everywhere, name)) for name in Use.__struct_fields__)


def _policy(here: Cursor) -> AdmissionPolicy:
    spec = here.get("spec")
    for name, place in spec.entries():
        if name not in _FIELDS:
            raise place.fault("is no field of a PodSecurityPolicy")
    name = here.get("metadata", "name").text()
    if not name:
        raise here.get("metadata", "name").fault("is missing")
    return AdmissionPolicy(
        name=name, description=f"imported from the {KIND} {name}", pods=_pods(here, spec), defaults=_defaults(here, spec)
    )


def _pods(here: Cursor, spec: Cursor) -> PodRules:
    capabilities = _names(spec.get("allowedCapabilities")) + _names(spec.get("defaultAddCapabilities"))
    wild = "*" in capabilities
    paths = tuple(_paths(spec.get("allowedHostPaths")))
    runtime = spec.get("runtimeClass")
    return PodRules(
        privileged=_flag(spec.get("privileged")),
        allow_privilege_escalation=_flag(spec.get("allowPrivilegeEscalation"), otherwise=True),
        allowed_capabilities=tuple(dict.fromkeys(capabilities)),
        # With `*` PodSecurityPolicy asked for no drops.
        required_drop_capabilities=None if wild else _names(spec.get("requiredDropCapabilities")) or None,
        read_only_root_filesystem=_flag(spec.get("readOnlyRootFilesystem")) or None,
        host_network=_flag(spec.get("hostNetwork")),
        host_pid=_flag(spec.get("hostPID")),
        host_ipc=_flag(spec.get("hostIPC")),
        host_ports=tuple(_span(item) for item in spec.get("hostPorts").items()),
        volumes=tuple(kind for kind in spec.get("volumes").texts() if kind != "none"),
        allowed_host_paths=paths or None,
        allowed_flex_volumes=tuple(item.get("driver").text() for item in spec.get("allowedFlexVolumes").items()) or None,
        allowed_csi_drivers=tuple(item.get("name").text() for item in spec.get("allowedCSIDrivers").items()) or None,
        run_as_user=_id_rule(spec.get("runAsUser")),
        run_as_group=_id_rule(spec.get("runAsGroup")),
        fs_group=_id_rule(spec.get("fsGroup")),
        supplemental_groups=_id_rule(spec.get("supplementalGroups")),
        se_linux=_se_linux(spec.get("seLinux")),
        seccomp_profiles=_profiles(here, _SECCOMP),
        app_armor_profiles=_profiles(here, _APPARMOR),
        allowed_proc_mount_types=spec.get("allowedProcMountTypes").texts() or ("Default",),
        allowed_unsafe_sysctls=spec.get("allowedUnsafeSysctls").texts(),
        forbidden_sysctls=spec.get("forbiddenSysctls").texts() or None,
        allowed_runtime_classes=runtime.get("allowedRuntimeClassNames").texts() if runtime.written else None,
    )


def _defaults(here: Cursor, spec: Cursor) -> Defaults:
    """What PodSecurityPolicy wrote into pods and no rule implies."""
    told = spec.get("defaultAllowPrivilegeEscalation")
    seccomp = here.get("metadata", "annotations", _SECCOMP + _DEFAULT).text()
    apparmor = here.get("metadata", "annotations", _APPARMOR + _DEFAULT).text()
    return Defaults(
        add_capabilities=_names(spec.get("defaultAddCapabilities")),
        drop_capabilities=_names(spec.get("requiredDropCapabilities")),
        allow_privilege_escalation=_flag(told) if told.written else None,
        seccomp_profile=_profile(seccomp) if seccomp else "",
        app_armor_profile=_profile(apparmor) if apparmor else "",
        runtime_class=spec.get("runtimeClass", "defaultRuntimeClassName").text(),
    )


def _flag(here: Cursor, *, otherwise: bool = False) -> bool:
    told = here.boolean()
    if told is None:
        return otherwise
    if not isinstance(told, Known):
        raise here.fault("is neither true nor false")
    return told.value


def _names(here: Cursor) -> tuple[str, ...]:
    return tuple(name.upper().removeprefix("CAP_") for name in here.texts())


def _number(here: Cursor) -> int:
    told = here.number()
    if not isinstance(told, Known):
        raise here.fault("is no whole number")
    return told.value


def _span(here: Cursor) -> Span:
    return Span(min=_number(here.get("min")), max=_number(here.get("max")))


def _id_rule(here: Cursor) -> IdRule:
    rule = here.get("rule").text("RunAsAny")
    if rule not in ("RunAsAny", "MustRunAs", "MayRunAs", "MustRunAsNonRoot"):
        raise here.get("rule").fault("is no rule")
    ranges = tuple(_span(item) for item in here.get("ranges").items())
    if rule in ("MustRunAs", "MayRunAs") and not ranges:
        raise here.get("ranges").fault("is missing")
    return IdRule(rule=rule, ranges=ranges if rule in ("MustRunAs", "MayRunAs") else ())


def _se_linux(here: Cursor) -> SeLinuxRule:
    if here.get("rule").text("RunAsAny") != "MustRunAs":
        return SeLinuxRule(rule="RunAsAny")
    options = here.get("seLinuxOptions")
    parts = {name: options.get(name).text() for name in ("level", "role", "type", "user")}
    return SeLinuxRule(rule="MustRunAs", labels=(SeLinuxLabel(**parts),))


def _paths(here: Cursor) -> Iterator[HostPath]:
    for item in here.items():
        yield HostPath(prefix=item.get("pathPrefix").text("/"), read_only=_flag(item.get("readOnly")))


def _profiles(here: Cursor, prefix: str) -> tuple[str, ...] | None:
    names = here.get("metadata", "annotations", prefix + _ALLOWED).text()
    if not names:
        return None
    listed = [_profile(name.strip()) for name in names.split(",") if name.strip()]
    # Nothing said came to the same as `unconfined`.
    return tuple(dict.fromkeys(listed + (["Unset"] if "Unconfined" in listed else [])))


def _profile(name: str) -> str:
    """A profile as annotations named it, as fields do now."""
    named = {"runtime/default": "RuntimeDefault", "docker/default": "RuntimeDefault", "unconfined": "Unconfined", "*": "*"}
    if name in named:
        return named[name]
    if name.startswith("localhost/"):
        return f"Localhost/{name.removeprefix('localhost/')}"
    raise Malformed("profile", f"{name[:80]!r} is none of runtime/default, localhost/NAME, unconfined and *")


def _notes(here: Cursor, policy: AdmissionPolicy) -> Iterator[tuple[str, str]]:
    """What is different for one policy."""
    spec, annotations = here.get("spec"), here.get("metadata", "annotations")
    if policy.pods.seccomp_profiles is None:
        said = "without allowed names PodSecurityPolicy refused every pod that set a profile; here each may set one"
        yield _SECCOMP + _ALLOWED, said
    else:
        yield _SECCOMP + _ALLOWED, "judged by the field securityContext.seccompProfile: annotations mean nothing since 1.27"
    if policy.pods.app_armor_profiles is not None:
        yield _APPARMOR + _ALLOWED, "judged by the field appArmorProfile, or the annotation where that is missing"
    if "hostPath" in (policy.pods.volumes or ()) and policy.pods.allowed_host_paths is None:
        yield "allowedHostPaths", "every path of the host is allowed, as it was: name those that are needed"
    if policy.pods.allowed_host_paths and not all(item.read_only for item in policy.pods.allowed_host_paths):
        yield "allowedHostPaths", "a path that may be written leads out of its prefix over links made there, as it did"
    if spec.get("allowedUnsafeSysctls").written or spec.get("forbiddenSysctls").written:
        said = "what counts as safe grew since: net.ipv4.tcp_keepalive_* and others need no entry now"
        yield "allowedUnsafeSysctls", said
    if _names(spec.get("requiredDropCapabilities")) and policy.pods.required_drop_capabilities is None:
        yield (
            "requiredDropCapabilities",
            "with allowedCapabilities '*' it was not asked for, only written into pods; so here",
        )
    for key, value in annotations.entries():
        if key not in {prefix + name for prefix in (_SECCOMP, _APPARMOR) for name in (_ALLOWED, _DEFAULT)}:
            yield f"metadata.annotations[{key}]", f"{known_or(value.told() or Known(''), '')[:40]!r} has no meaning here"
