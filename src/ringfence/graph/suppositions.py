"""Suppositions in words: `KIND[=DETAIL][@TARGET]`, as `--what-if` takes them.

`drop-capability=CAP_SYS_ADMIN@shop/deployment/web`, `update=runc=1.3.3@node-1`, `sysctl=user.max_user_namespaces=0`. Without
a target it is supposed of everything. `without=CONTROL` takes away a control as an answer names it (`rests on`).
"""

import re

from ringfence.errors import WrongUsage
from ringfence.model.change import EVERYWHERE, Change, ChangeKind
from ringfence.model.linux import Namespace, capability

SUPPOSABLE = tuple(kind for kind in ChangeKind if kind is not ChangeKind.UPGRADE_PACKAGE)
"""The kinds that can be supposed: all that the graph holds the facts of."""
WITHOUT = "without"
"""The word that takes a control away by its name."""
_DETAILED = {
    ChangeKind.DROP_CAPABILITY: "a capability",
    ChangeKind.ADD_CAPABILITY: "a capability",
    ChangeKind.SECCOMP_PROFILE: "a profile's file",
    ChangeKind.OWN_NAMESPACE: "a kind of namespace",
    ChangeKind.SHARE_NAMESPACE: "a kind of namespace",
    ChangeKind.REMOVE_MOUNT: "a path of the host",
    ChangeKind.READ_ONLY_MOUNT: "a path of the host",
    ChangeKind.ADD_MOUNT: "a path of the host",
    ChangeKind.ADD_DEVICE: "a device",
    ChangeKind.UNMASK: "a path",
    ChangeKind.UPDATE: "a component, or COMPONENT=VERSION",
    ChangeKind.SYSCTL: "NAME=VALUE",
}
"""The kinds that need a detail, and what it is."""
_CANNOT = {
    ChangeKind.UPGRADE_PACKAGE.value: "no CVE of the stack asks for an image's packages: scan the new image instead",
    "version": "give update=COMPONENT=VERSION, or --kernel for the kernel",
    "downgrade": "give update=COMPONENT=VERSION: it takes any version",
}
"""Words that one may think of, and why they are none."""
_OPEN = {
    "user.max_user_namespaces": "65536",
    "kernel.unprivileged_userns_clone": "1",
    "kernel.apparmor_restrict_unprivileged_userns": "0",
    "kernel.unprivileged_bpf_disabled": "0",
    "kernel.io_uring_disabled": "0",
    "kernel.perf_event_paranoid": "1",
    "kernel.modules_disabled": "0",
    "vm.unprivileged_userfaultfd": "1",
}
"""What a sysctl that closes a way is without that: the value with which kernels leave it open."""
_CONTROLS: tuple[tuple[str, ChangeKind], ...] = (
    (r"(CAP_\w+) dropped", ChangeKind.ADD_CAPABILITY),
    (r"seccomp filter .+", ChangeKind.SECCOMP_OFF),
    (r"(?:apparmor|selinux) .+", ChangeKind.LSM_OFF),
    (r"no_new_privileges", ChangeKind.NEW_PRIVILEGES),
    (r"user namespace (?:of its own|that leaves out the host's root)", ChangeKind.NO_USER_NAMESPACE),
    (r"cgroups of its own|(cgroup) namespace of its own", ChangeKind.SHARE_NAMESPACE),
    (r"(\w+) namespace of its own", ChangeKind.SHARE_NAMESPACE),
    (r"masked path (/.+)", ChangeKind.UNMASK),
    (r"not privileged", ChangeKind.MAKE_PRIVILEGED),
    (r"container not run as root", ChangeKind.ROOT_USER),
    (r"separate kernel", ChangeKind.HOST_KERNEL),
)
"""How answers name controls (`graph.answers`), and the change that takes each away."""


def supposition(text: str) -> Change:
    """The change that the words mean. Raises `WrongUsage` for an unknown kind, or a detail that is missing or wrong."""
    before, at, target = text.rpartition("@")
    if not at:
        before, target = text, EVERYWHERE
    word, _, detail = before.partition("=")
    if word == WITHOUT:
        return _without(detail, target or EVERYWHERE)
    if word not in SUPPOSABLE:
        known = f"begin with one of {', '.join(SUPPOSABLE)}, {WITHOUT}"
        raise WrongUsage(f"{text!r} cannot be supposed", mend=_CANNOT.get(word, known))
    kind = ChangeKind(word)
    wanted = _DETAILED.get(kind)
    if wanted and not detail:
        raise WrongUsage(f"{text!r} lacks {wanted}", mend=f"write {word}={wanted.upper().replace(' ', '-')}")
    if kind is ChangeKind.SYSCTL and "=" not in detail:
        raise WrongUsage(f"{text!r} lacks a value", mend="write sysctl=NAME=VALUE")
    if kind in (ChangeKind.OWN_NAMESPACE, ChangeKind.SHARE_NAMESPACE) and detail not in list(Namespace):
        raise WrongUsage(f"{detail!r} is no kind of namespace", mend=f"give one of {', '.join(Namespace)}")
    if kind in (ChangeKind.DROP_CAPABILITY, ChangeKind.ADD_CAPABILITY):
        detail = capability(detail).name
    return Change(kind=kind, target=target or EVERYWHERE, detail=detail)


def _without(control: str, target: str) -> Change:
    """The change that takes a control away, by the name that answers give it."""
    name, _, _ = control.removeprefix("sysctl ").partition("=")
    if control.startswith("sysctl ") and name in _OPEN:
        return Change(kind=ChangeKind.SYSCTL, target=target, detail=f"{name}={_OPEN[name]}")
    for pattern, kind in _CONTROLS:
        found = re.fullmatch(pattern, control)
        if found:
            detail = (found[1] if found.re.groups else "") or ("cgroup" if kind is ChangeKind.SHARE_NAMESPACE else "")
            return Change(kind=kind, target=target, detail=detail)
    mend = "name it as 'rests on' does; for a mount or device give add-mount=PATH or add-device=PATH, for a version update="
    raise WrongUsage(f"{control!r} is no control that can be taken away by its name", mend=mend)
