"""What is written into a pod where it says nothing, so that it keeps what its policies ask.

Nothing that somebody wrote is overruled. Left alone are: Windows pods (the API server refuses Linux settings on them),
privileged containers and those with SYS_ADMIN (it refuses `allowPrivilegeEscalation: false` there), and `runAsNonRoot` where
a container asks for user 0, which would only move the refusal from admission to the node.
"""

import re
from collections.abc import Iterator

from ringfence.admission.broken import image_of, value_of
from ringfence.admission.patching import Patched, Way
from ringfence.admission.patterns import image_fits
from ringfence.admission.rules.privileges import changes, spelt
from ringfence.formats.admission_policy import AdmissionPolicy, Defaults, ImageProfile, PodRules, SeLinuxLabel
from ringfence.formats.kubernetes_container import ContainerRole
from ringfence.formats.kubernetes_pod import PodContainer, PodSpec
from ringfence.formats.pod_security_standard import Level
from ringfence.formats.yaml_edit import way

_NO_NAME = re.compile(r"[^a-z0-9]+")
_MAX_NAME = 50
"""Characters of a volume's name that is made here; 63 are allowed."""


def wanted(policy: AdmissionPolicy) -> Defaults | None:
    """The defaults of a policy, filled up with what its rules ask; None for a policy that writes nothing."""
    if policy.defaults is None:
        return None
    asked: dict[str, object] = {}
    if policy.standard is not None and policy.standard.level is Level.RESTRICTED:
        asked = {
            "drop_capabilities": ("ALL",),
            "allow_privilege_escalation": False,
            "run_as_non_root": True,
            "seccomp_profile": "RuntimeDefault",
        }
    asked |= dict(_of_rules(policy.pods))
    given = {name: getattr(policy.defaults, name) for name in Defaults.__struct_fields__}
    said = {name: value for name, value in given.items() if value not in (None, "", ())}
    return Defaults(**{**given, **asked, **said})


def _of_rules(rules: PodRules) -> Iterator[tuple[str, object]]:
    """What PodSecurityPolicy's strategies generated: the least id of the first range, the one label, what must be so."""
    if rules.required_drop_capabilities and "*" not in (rules.allowed_capabilities or ()):
        yield "drop_capabilities", rules.required_drop_capabilities
    if rules.allow_privilege_escalation is False:
        yield "allow_privilege_escalation", False
    if rules.read_only_root_filesystem:
        yield "read_only_root_filesystem", True
    if rules.run_as_user is not None and rules.run_as_user.rule == "MustRunAsNonRoot":
        yield "run_as_non_root", True
    for name in ("run_as_user", "run_as_group", "fs_group", "supplemental_groups"):
        rule = getattr(rules, name)
        if rule is not None and rule.rule == "MustRunAs":
            least = rule.ranges[0].min
            yield name, (least,) if name == "supplemental_groups" else least
    if rules.se_linux is not None and rules.se_linux.rule == "MustRunAs":
        yield "se_linux", rules.se_linux.labels[0]


def write(patched: Patched, pod: PodSpec, defaults: Defaults) -> None:
    """Adds the defaults to the object that `pod` was read from. Do so for each policy in turn, reading the pod anew."""
    root = way(pod.at.field)
    _of_pod(patched, pod, defaults, root)
    if pod.declared_os == "windows":
        return
    _security(patched, pod, defaults, root)
    for item in pod.containers:
        own = next((profile for profile in defaults.profiles if image_fits(profile.images, image_of(item))), None)
        _container(patched, item, defaults, own)
        if patched.at((*way(item.container.at.field), "securityContext", "readOnlyRootFilesystem")) is True:
            paths = (*defaults.writable_paths, *(own.writable_paths if own else ()))
            _writable(patched, item, paths, root)


def _of_pod(patched: Patched, pod: PodSpec, defaults: Defaults, root: Way) -> None:
    if defaults.automount_service_account_token is not None:
        patched.add((*root, "automountServiceAccountToken"), defaults.automount_service_account_token)
    if defaults.runtime_class:
        patched.add((*root, "runtimeClassName"), defaults.runtime_class)
    on_host = value_of(pod.host_network) or value_of(pod.host_pid) or value_of(pod.host_ipc)
    if defaults.host_users is False and not on_host and pod.declared_os != "windows":
        patched.add((*root, "hostUsers"), value=False)


def _security(patched: Patched, pod: PodSpec, defaults: Defaults, root: Way) -> None:
    """What a pod says for all its containers. Each of them that has its own keeps it."""
    context = (*root, "securityContext")
    users = {value_of(item.security.run_as_user) for item in pod.effective_containers()}
    if defaults.run_as_non_root and 0 not in users and value_of(pod.security.run_as_user) != 0:
        patched.add((*context, "runAsNonRoot"), value=True)
    if defaults.run_as_user is not None:
        patched.add((*context, "runAsUser"), defaults.run_as_user)
    if defaults.run_as_group is not None:
        patched.add((*context, "runAsGroup"), defaults.run_as_group)
    if defaults.fs_group is not None:
        patched.add((*context, "fsGroup"), defaults.fs_group)
    if defaults.supplemental_groups and not patched.at((*context, "supplementalGroups")):
        patched.append((*context, "supplementalGroups"), defaults.supplemental_groups)
    if defaults.se_linux is not None:
        patched.add((*context, "seLinuxOptions"), _label(defaults.se_linux))
    if defaults.seccomp_profile:
        patched.add((*context, "seccompProfile"), _profile(defaults.seccomp_profile))
    named = any(item.name.startswith("container.apparmor") for item in pod.profile_annotations)
    if defaults.app_armor_profile and not named:
        patched.add((*context, "appArmorProfile"), _profile(defaults.app_armor_profile))


def _label(label: SeLinuxLabel) -> dict[str, str]:
    return {name: getattr(label, name) for name in ("level", "role", "type", "user") if getattr(label, name)}


def _profile(name: str) -> dict[str, str]:
    kind, _, file = name.partition("/")
    return {"type": kind, "localhostProfile": file} if file else {"type": kind}


def _container(patched: Patched, item: PodContainer, defaults: Defaults, own: ImageProfile | None) -> None:
    context = (*way(item.container.at.field), "securityContext")
    if own is not None:
        if own.seccomp_profile:
            patched.add((*context, "seccompProfile"), _profile(own.seccomp_profile))
        if own.app_armor_profile:
            patched.add((*context, "appArmorProfile"), _profile(own.app_armor_profile))
    if defaults.read_only_root_filesystem is not None:
        patched.add((*context, "readOnlyRootFilesystem"), defaults.read_only_root_filesystem)
    change = changes(item)
    added = {*change.add}
    if value_of(item.security.privileged) or added & {"SYS_ADMIN", "ALL"}:
        return
    if defaults.allow_privilege_escalation is not None:
        patched.add((*context, "allowPrivilegeEscalation"), defaults.allow_privilege_escalation)
    dropped = {*change.drop}
    if defaults.drop_capabilities and "ALL" not in dropped:
        missing = [name for name in defaults.drop_capabilities if spelt(name) not in dropped | added]
        if missing:
            patched.append((*context, "capabilities", "drop"), missing)
    more = own.add_capabilities if own is not None else defaults.add_capabilities
    given = [name for name in more if spelt(name) not in dropped | added]
    if given:
        patched.append((*context, "capabilities", "add"), given)


def _writable(patched: Patched, item: PodContainer, paths: tuple[str, ...], root: Way) -> None:
    """An emptyDir of the container's own at every path that it writes and nothing is mounted at."""
    if item.container.role is ContainerRole.EPHEMERAL:
        return
    mounted = {mount.destination.rstrip("/") for mount in item.mounts}
    for path in dict.fromkeys(path.rstrip("/") for path in paths):
        if path in mounted or not path:
            continue
        name = _free(patched, root, f"{item.container.identity.container}{path}")
        patched.append((*root, "volumes"), [{"name": name, "emptyDir": {}}])
        mounts = (*way(item.container.at.field), "volumeMounts")
        patched.append(mounts, [{"name": name, "mountPath": path}])


def _free(patched: Patched, root: Way, words: str) -> str:
    """A name for a volume that the pod does not have yet."""
    base = _NO_NAME.sub("-", words.lower()).strip("-")[:_MAX_NAME].strip("-")
    volumes = patched.at((*root, "volumes"))
    taken = {item.get("name") for item in volumes if isinstance(item, dict)} if isinstance(volumes, list) else set()
    return next(name for name in (base, *(f"{base}-{count}" for count in range(2, 10_000))) if name not in taken)
