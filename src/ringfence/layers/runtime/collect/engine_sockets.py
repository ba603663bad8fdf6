"""The sockets through which engines take orders: who may write to them, by mode, group and the folders above."""

import stat
from collections.abc import Iterator
from os.path import dirname

from ringfence.errors import RingfenceError
from ringfence.formats import unix_accounts
from ringfence.io.world import World
from ringfence.layers.runtime.facts import EngineSocket

SOCKETS = {
    "/run/docker.sock": "docker",
    "/run/cri-dockerd.sock": "docker",
    "/run/containerd/containerd.sock": "containerd",
    "/run/docker/containerd/containerd.sock": "containerd",
    "/run/k3s/containerd/containerd.sock": "containerd",
    "/var/snap/microk8s/common/run/containerd.sock": "containerd",
    "/run/podman/podman.sock": "podman",
    "/run/crio/crio.sock": "cri-o",
    "/run/buildkit/buildkitd.sock": "buildkit",
}
"""Where engines listen as root, by their documentation; k3s, RKE2 and microk8s have containerd's in a place of their own."""
OF_USERS = {
    "docker.sock": "docker",
    "podman/podman.sock": "podman",
    "buildkit/buildkitd.sock": "buildkit",
    "containerd/containerd.sock": "containerd",
}
"""Where rootless engines listen, under /run/user/UID."""


def sockets(world: World) -> Iterator[EngineSocket]:
    """Every socket of an engine that is there."""
    members = _members(world)
    for path, engine in [*SOCKETS.items(), *_of_users(world)]:
        try:
            entry = world.host.entry(path)
        except RingfenceError:
            continue
        if not stat.S_ISSOCK(entry.mode):
            continue
        group, who = members.get(entry.gid, (str(entry.gid), ()))
        yield EngineSocket(
            node=world.node,
            engine=engine,
            path=path,
            mode=stat.S_IMODE(entry.mode),
            owner=entry.uid,
            group=group,
            members=who,
            closed_by=_closed_by(world, path),
        )


def _of_users(world: World) -> list[tuple[str, str]]:
    try:
        users = world.host.names("/run/user")
    except RingfenceError:
        users = ()
    return [(f"/run/user/{user}/{name}", engine) for user in users for name, engine in OF_USERS.items()]


def _closed_by(world: World, path: str) -> str:
    """The first folder above that others may not enter (search permission, path_resolution(7))."""
    folder = dirname(path)
    while folder not in ("", "/"):
        try:
            if not world.host.entry(folder).mode & stat.S_IXOTH:
                return folder
        except RingfenceError:
            return ""
        folder = dirname(folder)
    return ""


def _members(world: World) -> dict[int, tuple[str, tuple[str, ...]]]:
    """The name and the members of each group, those by their first group too, by number."""
    try:
        groups = unix_accounts.parse_groups(world.host.read("/etc/group"))
        accounts = unix_accounts.parse_accounts(world.host.read("/etc/passwd"))
    except RingfenceError:
        return {}
    first: dict[int, list[str]] = {}
    for account in accounts:
        first.setdefault(account.group, []).append(account.name)
    return {item.number: (item.name, tuple(dict.fromkeys((*item.members, *first.get(item.number, ()))))) for item in groups}
