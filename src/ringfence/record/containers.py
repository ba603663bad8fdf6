"""Containers to be recorded: found among those that run, or started through podman."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from ringfence.errors import Unavailable, WrongUsage
from ringfence.formats import typed_json
from ringfence.io import process
from ringfence.io.rooted import Rooted

ALLOW_EVERYTHING = json.dumps(
    {
        "defaultAction": "SCMP_ACT_ALLOW",
        "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
        "syscalls": [{"names": ["lookup_dcookie"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}],
    }
).encode()
"""A filter that refuses one system call, which Linux has no more since 6.7: it is there so that the kernel counts it."""
ENGINES = ("podman", "docker")
STOP_PATIENCE = 300.0
"""Seconds it may take to stop one; `podman run --stop-timeout` says when it is killed."""
INIT_PATIENCE = 60.0
"""Seconds a container may take to start."""


class _State(msgspec.Struct):
    Pid: int = 0


class _Inspected(msgspec.Struct):
    Id: str = ""
    ImageName: str = ""
    OCIRuntime: str = ""
    State: _State = msgspec.field(default_factory=_State)


@dataclass(frozen=True, slots=True)
class Running:
    """A container that runs: `pid` of its first process on the host, `pid_namespace` its number."""

    id: str
    pid: int
    pid_namespace: int
    shares_pids: bool
    engine: str
    image: str
    runtime: str


def find(name: str, host: Rooted) -> Running:
    """The running container of that name or id. Raises `Unavailable`."""
    for engine in ENGINES:
        try:
            said = process.ask((engine, "container", "inspect", name))
        except Unavailable:
            continue
        found = typed_json.decode(said, tuple[_Inspected, ...], "container inspection")
        if found and found[0].State.Pid:
            return _running(found[0], engine, host)
        raise Unavailable("does not run", where=name, mend=f"start it, or record its image: see '{engine} ps --all'")
    mend = f"see '{ENGINES[0]} ps' or '{ENGINES[1]} ps'"
    raise Unavailable("no engine here knows a container of that name", where=name, mend=mend)


def _running(item: _Inspected, engine: str, host: Rooted) -> Running:
    pid = item.State.Pid
    here = namespace(host, pid)
    if not here:
        raise Unavailable("its first process is gone, or hidden from us", where=item.Id[:12], mend="run as root")
    shares = here == namespace(host, "self")
    return Running(item.Id, pid, 0 if shares else here, shares, engine, item.ImageName, item.OCIRuntime)


def namespace(host: Rooted, pid: int | str) -> int:
    """The number of a process's pid namespace; 0 if it cannot be told."""
    try:
        return int(host.link(f"/proc/{pid}/ns/pid").removeprefix("pid:[").rstrip("]"))
    except (Unavailable, ValueError):
        return 0


def members(host: Rooted, pid_namespace: int) -> frozenset[int]:
    """Every process of a pid namespace now."""
    numbers = (int(name) for name in host.names("/proc") if name.isdigit())
    return frozenset(pid for pid in numbers if namespace(host, pid) == pid_namespace)


@dataclass(frozen=True, slots=True)
class Image:
    """An image to run: `options` go to `podman run` as they are, `command` replaces the image's own."""

    ref: str
    command: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    runtime: str = ""

    def run(self, name: str, profile: str) -> tuple[str, ...]:
        """The command line that starts it as a container called `name` under the seccomp profile in the file `profile`."""
        refused = [word for word in self.options if word.startswith("--security-opt") and "seccomp" in word]
        if refused:
            raise WrongUsage("the seccomp profile is ours while recording", where=refused[0], mend="leave the option out")
        runtime = ("--runtime", self.runtime) if self.runtime else ()
        security = ("--security-opt", f"seccomp={profile}")
        return ("podman", *runtime, "run", "--rm", "--name", name, *security, *self.options, self.ref, *self.command)


def fresh_name(purpose: str) -> str:
    """A name no container has."""
    return f"ringfence-{purpose}-{secrets.token_hex(4)}"


def stop(name: str) -> None:
    """Stops a container started by us, with the patience it was started with; one that is gone is fine."""
    process.ask(("podman", "stop", "--ignore", name), timeout=STOP_PATIENCE)


def remove(name: str) -> None:
    """Takes away a container started by us, running or not."""
    process.ask(("podman", "rm", "--force", "--ignore", "--time", "0", name), timeout=30.0)


def first_process(name: str) -> int:
    """The pid of a container's first process, 0 while it has none."""
    try:
        said = process.ask(("podman", "container", "inspect", name))
    except Unavailable:
        return 0
    found: Sequence[_Inspected] = typed_json.decode(said, tuple[_Inspected, ...], "container inspection")
    return found[0].State.Pid if found else 0
