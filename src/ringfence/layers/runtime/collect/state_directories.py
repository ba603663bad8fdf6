"""Where runc, crun and containerd keep what runs, and whether it still does."""

from collections.abc import Iterator

from ringfence.errors import RingfenceError, Unavailable
from ringfence.formats import crun_status, runc_state
from ringfence.formats.runc_state import ContainerState
from ringfence.io.rooted import Rooted
from ringfence.io.world import World
from ringfence.model.fact import Fact
from ringfence.model.finding import Problem

RUNC_ROOTS = ("/run/runc", "/run/docker/runtime-runc/moby", "/run/docker/runtime-runc/plugins.moby")
"""runc's root directories: its own default and those of dockerd before containerd's shim v2 (runc(8) `--root`)."""
CONTAINERD_RUNC = "/run/containerd/runc"
"""One runc root per containerd namespace (containerd's runc shim)."""
CONTAINERD_TASKS = "/run/containerd/io.containerd.runtime.v2.task"
"""A bundle per task, by namespace; `init.pid` and (from 2.0 on) `shim-binary-path` lie beside its `config.json`."""
CRUN_ROOT = "/run/crun"
USERS = "/run/user"
"""Rootless engines keep `runc` and `crun` directories here, by user id."""

SHIMS = {"kata": "kata-containers", "runsc": "gvisor", "crun": "crun", "youki": "youki"}
"""Runtimes by a word in the name of their containerd shim; any other shim runs runc."""

MEND = "run as root, which alone may read the state of containers"


class Running(Fact):
    """A container whose first process lives. `namespace` is containerd's, `bundle` the directory with `config.json`."""

    id: str
    pid: int
    bundle: str
    runtime: str
    namespace: str = ""


def running(world: World) -> Iterator[Running]:
    """Every container of every runtime found, each once. What cannot be read is reported and passed over."""
    seen: set[str] = set()
    for found in _all(world):
        if found.id not in seen:
            seen.add(found.id)
            yield found


def _all(world: World) -> Iterator[Running]:
    for root in RUNC_ROOTS:
        yield from _runc(world, root)
    for namespace in _names(world, CONTAINERD_RUNC):
        yield from _runc(world, f"{CONTAINERD_RUNC}/{namespace}", namespace)
    yield from _crun(world, CRUN_ROOT)
    for user in _names(world, USERS):
        yield from _runc(world, f"{USERS}/{user}/runc")
        yield from _crun(world, f"{USERS}/{user}/crun")
    for namespace in _names(world, CONTAINERD_TASKS):
        yield from _tasks(world, namespace)


def _runc(world: World, root: str, namespace: str = "") -> Iterator[Running]:
    for name in _names(world, root):
        path = f"{root}/{name}/state.json"
        if not world.host.exists(path):
            continue
        try:
            state = runc_state.parse(world.host.read(path))
        except RingfenceError as cause:
            world.report(Problem(where=path, why=cause.wrong, mend=cause.mend))
            continue
        yield from _alive(world.host, state, "runc", namespace)


def _crun(world: World, root: str) -> Iterator[Running]:
    for name in _names(world, root):
        path = f"{root}/{name}/status"
        if not world.host.exists(path):
            continue
        try:
            state = crun_status.parse(world.host.read(path), name)
        except RingfenceError as cause:
            world.report(Problem(where=path, why=cause.wrong, mend=cause.mend))
            continue
        yield from _alive(world.host, state, "crun", "")


def _tasks(world: World, namespace: str) -> Iterator[Running]:
    """Tasks of shims that are not runc's, which keep no state we know: the process and the bundle are enough."""
    for name in _names(world, f"{CONTAINERD_TASKS}/{namespace}"):
        bundle = f"{CONTAINERD_TASKS}/{namespace}/{name}"
        pid = _text(world.host, f"{bundle}/init.pid")
        if not pid.isascii() or not pid.isdecimal() or not world.host.exists(f"/proc/{int(pid)}"):
            continue
        shim = _text(world.host, f"{bundle}/shim-binary-path").rpartition("/")[2]
        runtime = next((known for word, known in SHIMS.items() if word in shim), "runc")
        yield Running(id=name, pid=int(pid), bundle=bundle, runtime=runtime, namespace=namespace)


def _alive(host: Rooted, state: ContainerState, runtime: str, namespace: str) -> Iterator[Running]:
    if _is_alive(host, state):
        yield Running(id=state.id, pid=state.pid, bundle=state.bundle, runtime=runtime, namespace=namespace)


def _is_alive(host: Rooted, state: ContainerState) -> bool:
    """Whether the process is there and no later one that was given the same number."""
    if state.pid <= 0:
        return False
    try:
        fields = host.text(f"/proc/{state.pid}/stat").rpartition(")")[2].split()
    except RingfenceError:
        return False
    # Field 3 (state) comes first after the name, field 22 (start time) is the twentieth: proc_pid_stat(5).
    if len(fields) < 20 or fields[0] in ("Z", "X"):
        return False
    return state.started == 0 or fields[19] == str(state.started)


def _names(world: World, path: str) -> tuple[str, ...]:
    try:
        return world.host.names(path)
    except Unavailable as cause:
        world.report(Problem(where=path, why=cause.wrong, mend=MEND))
        return ()


def _text(host: Rooted, path: str) -> str:
    try:
        return host.text(path, limit=4096)
    except RingfenceError:
        return ""
