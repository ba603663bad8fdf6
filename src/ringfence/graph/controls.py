"""A container as if a change had been made to it: what `--what-if` supposes, and how cuts of attack paths are tried."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from ringfence.model.change import Change, ChangeKind
from ringfence.model.confinement import HOST_IDS, CapabilitySets, Confinement, IdRange, Kernel, Lsm, Mount, Sharing
from ringfence.model.knowledge import Known, Maybe, known_or
from ringfence.model.linux import ALL_CAPABILITIES, Namespace, capability, names_of
from ringfence.model.syscall_filter import UNCONFINED, SyscallFilter

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a runtime gives a container that asks for nothing: a mask of capabilities, a filter for a mask of them."""

    capabilities: int
    syscalls: Callable[[int], SyscallFilter]


OF_CONTAINERS = frozenset(
    {
        *(ChangeKind.DROP_PRIVILEGED, ChangeKind.DROP_CAPABILITY, ChangeKind.SECCOMP_DEFAULT, ChangeKind.SECCOMP_OFF),
        *(ChangeKind.OWN_NAMESPACE, ChangeKind.REMOVE_MOUNT, ChangeKind.READ_ONLY_MOUNT, ChangeKind.ORDINARY_USER),
        *(ChangeKind.USER_NAMESPACE, ChangeKind.SEPARATE_KERNEL, ChangeKind.LSM_OFF, ChangeKind.NO_NEW_PRIVILEGES),
        *(ChangeKind.ADD_CAPABILITY, ChangeKind.MAKE_PRIVILEGED, ChangeKind.NEW_PRIVILEGES, ChangeKind.SHARE_NAMESPACE),
        *(ChangeKind.ADD_MOUNT, ChangeKind.ADD_DEVICE, ChangeKind.ROOT_USER, ChangeKind.NO_USER_NAMESPACE),
        *(ChangeKind.HOST_KERNEL, ChangeKind.UNMASK),
    }
)
"""The changes that `changed` can make."""
ORDINARY = 65532
"""The uid of an ordinary user, that of distroless images' `nonroot`."""
SHIFTED = (IdRange(inside=0, outside=65536, length=65536),)
"""The ids of a user namespace of its own: none is the host's root (KEP-127)."""
_SHAREABLE = (Namespace.PID, Namespace.NETWORK, Namespace.IPC, Namespace.CGROUP)


def changed(confinement: Confinement, change: Change, defaults: Defaults) -> Confinement:
    """The confinement after a change of one of the kinds `OF_CONTAINERS`; the same value where it changes nothing."""
    match change.kind:
        case ChangeKind.DROP_PRIVILEGED:
            return _unprivileged(confinement, defaults)
        case ChangeKind.DROP_CAPABILITY:
            return _without_capability(confinement, change.detail)
        case ChangeKind.SECCOMP_DEFAULT:
            return msgspec.structs.replace(confinement, syscalls=Known(defaults.syscalls(bounding(confinement))))
        case ChangeKind.SECCOMP_OFF:
            return msgspec.structs.replace(confinement, syscalls=Known(UNCONFINED))
        case ChangeKind.LSM_OFF:
            return msgspec.structs.replace(confinement, lsm=Known(Lsm(module="none")))
        case ChangeKind.NO_NEW_PRIVILEGES:
            return msgspec.structs.replace(confinement, no_new_privileges=Known(True))
        case ChangeKind.OWN_NAMESPACE:
            return _namespace(confinement, change.detail, Sharing.OWN)
        case ChangeKind.REMOVE_MOUNT | ChangeKind.READ_ONLY_MOUNT:
            return _mounts(confinement, change)
        case ChangeKind.ORDINARY_USER:
            return _ordinary(confinement)
        case ChangeKind.USER_NAMESPACE:
            return msgspec.structs.replace(confinement, uid_map=Known(SHIFTED), gid_map=Known(SHIFTED))
        case ChangeKind.SEPARATE_KERNEL:
            return msgspec.structs.replace(confinement, kernel=Known(Kernel.GUEST))
        case _:
            return _loosened(confinement, change)


def _loosened(confinement: Confinement, change: Change) -> Confinement:
    """The confinement with one control less."""
    match change.kind:
        case ChangeKind.ADD_CAPABILITY:
            return _with_capabilities(confinement, 1 << capability(change.detail))
        case ChangeKind.MAKE_PRIVILEGED:
            everything = CapabilitySets(effective=ALL_CAPABILITIES, permitted=ALL_CAPABILITIES, bounding=ALL_CAPABILITIES)
            bare = msgspec.structs.replace(
                msgspec.structs.replace(confinement, capabilities=Known(everything)),
                privileged=Known(True),
                syscalls=Known(UNCONFINED),
                lsm=Known(Lsm(module="none")),
            )
            return msgspec.structs.replace(bare, masked_paths=Known(()), read_only_paths=Known(()))
        case ChangeKind.NEW_PRIVILEGES:
            return msgspec.structs.replace(confinement, no_new_privileges=Known(False))
        case ChangeKind.SHARE_NAMESPACE:
            return _namespace(confinement, change.detail, Sharing.HOST)
        case ChangeKind.ADD_MOUNT:
            added = Mount(source=change.detail, destination=change.detail)
            return msgspec.structs.replace(confinement, mounts=_and(confinement.mounts, added))
        case ChangeKind.ADD_DEVICE:
            return msgspec.structs.replace(confinement, devices=_and(confinement.devices, change.detail))
        case ChangeKind.ROOT_USER:
            return msgspec.structs.replace(confinement, uid=Known(0), gid=Known(0))
        case ChangeKind.NO_USER_NAMESPACE:
            shared = _namespace(confinement, Namespace.USER.value, Sharing.HOST)
            return msgspec.structs.replace(shared, uid_map=Known(HOST_IDS), gid_map=Known(HOST_IDS))
        case ChangeKind.HOST_KERNEL:
            return msgspec.structs.replace(confinement, kernel=Known(Kernel.HOST))
        case ChangeKind.UNMASK:
            hidden = known_or(confinement.masked_paths, ())
            wanted = change.detail
            kept = tuple(path for path in hidden if path != wanted and not wanted.startswith(f"{path}/"))
            return msgspec.structs.replace(confinement, masked_paths=Known(kept))
        case _:
            return confinement


def candidates(confinement: Confinement) -> Iterator[Change]:
    """Every single change that could take something from whoever runs code in such a container."""
    if confinement.privileged == Known(True):
        yield Change(kind=ChangeKind.DROP_PRIVILEGED)
    else:
        for name in names_of(bounding(confinement)):
            yield Change(kind=ChangeKind.DROP_CAPABILITY, detail=name)
        if not isinstance(confinement.syscalls, Known) or confinement.syscalls.value.unconfined:
            yield Change(kind=ChangeKind.SECCOMP_DEFAULT)
    if isinstance(confinement.namespaces, Known):
        for kind in _SHAREABLE:
            if confinement.namespaces.value.get(kind) is Sharing.HOST:
                yield Change(kind=ChangeKind.OWN_NAMESPACE, detail=kind.value)
    if isinstance(confinement.mounts, Known):
        for mount in confinement.mounts.value:
            if mount.of_host:
                yield Change(kind=ChangeKind.REMOVE_MOUNT, detail=mount.source)
                if not mount.read_only:
                    yield Change(kind=ChangeKind.READ_ONLY_MOUNT, detail=mount.source)
    yield Change(kind=ChangeKind.ORDINARY_USER)
    yield Change(kind=ChangeKind.USER_NAMESPACE)
    yield Change(kind=ChangeKind.SEPARATE_KERNEL)


def bounding(confinement: Confinement) -> int:
    """The mask of the capabilities in the bounding set; none where they are not known."""
    return confinement.capabilities.value.bounding if isinstance(confinement.capabilities, Known) else 0


def _unprivileged(confinement: Confinement, defaults: Defaults) -> Confinement:
    """What `privileged` gave goes; what the manifest asks for besides (mounts, namespaces) stays."""
    sets = confinement.capabilities
    if isinstance(sets, Known):
        keep = defaults.capabilities
        held = CapabilitySets(
            effective=sets.value.effective & keep,
            permitted=sets.value.permitted & keep,
            inheritable=sets.value.inheritable & keep,
            bounding=sets.value.bounding & keep,
            ambient=sets.value.ambient & keep,
        )
        confinement = msgspec.structs.replace(confinement, capabilities=Known(held))
    return msgspec.structs.replace(confinement, privileged=Known(False), devices=Known(()))


def _without_capability(confinement: Confinement, name: str) -> Confinement:
    if not isinstance(confinement.capabilities, Known):
        return confinement
    sets, bit = confinement.capabilities.value, ~(1 << capability(name))
    held = CapabilitySets(
        effective=sets.effective & bit,
        permitted=sets.permitted & bit,
        inheritable=sets.inheritable & bit,
        bounding=sets.bounding & bit,
        ambient=sets.ambient & bit,
    )
    return msgspec.structs.replace(confinement, capabilities=Known(held))


def _and(some: Maybe[tuple[Item, ...]], more: Item) -> Maybe[tuple[Item, ...]]:
    """One more of them. Where they are not known it may be among them as it is."""
    return Known((*some.value, more)) if isinstance(some, Known) else some


def _with_capabilities(confinement: Confinement, more: int) -> Confinement:
    """Held by the first process too if it is root, as engines give them; else in the bounding set alone."""
    if not isinstance(confinement.capabilities, Known):
        return confinement
    sets = confinement.capabilities.value
    own = more if confinement.uid == Known(0) else 0
    held = CapabilitySets(
        effective=sets.effective | own,
        permitted=sets.permitted | own,
        inheritable=sets.inheritable,
        bounding=sets.bounding | more,
        ambient=sets.ambient,
    )
    return msgspec.structs.replace(confinement, capabilities=Known(held))


def _namespace(confinement: Confinement, kind: str, whose: Sharing) -> Confinement:
    if not isinstance(confinement.namespaces, Known):
        return confinement
    spaces = {**confinement.namespaces.value, Namespace(kind): whose}
    return msgspec.structs.replace(confinement, namespaces=Known(spaces))


def _mounts(confinement: Confinement, change: Change) -> Confinement:
    if not isinstance(confinement.mounts, Known):
        return confinement
    if change.kind is ChangeKind.REMOVE_MOUNT:
        kept = tuple(mount for mount in confinement.mounts.value if mount.source != change.detail)
    else:
        kept = tuple(
            msgspec.structs.replace(mount, read_only=True) if mount.source == change.detail else mount
            for mount in confinement.mounts.value
        )
    return msgspec.structs.replace(confinement, mounts=Known(kept))


def _ordinary(confinement: Confinement) -> Confinement:
    """An ordinary user without a way to gain rights: only the bounding set is left, and nothing can be had from it."""
    sets = confinement.capabilities
    bounding = sets.value.bounding if isinstance(sets, Known) else 0
    held = Known(CapabilitySets(bounding=bounding)) if isinstance(sets, Known) else sets
    return msgspec.structs.replace(
        confinement, uid=Known(ORDINARY), gid=Known(ORDINARY), capabilities=held, no_new_privileges=Known(True)
    )
