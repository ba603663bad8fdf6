"""What can be recorded: a command, a running container, an image. Each gives a `Recording`."""

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ringfence.errors import Unavailable
from ringfence.io import held
from ringfence.io.rooted import Rooted
from ringfence.model.recording import Recording
from ringfence.record import containers, pods
from ringfence.record.containers import Image
from ringfence.record.probes import Numbers, Recorder, Scope, open_recorder
from ringfence.record.readout import Names
from ringfence.record.session import About, Watching
from ringfence.record.tables import Limits, Start

ROUNDS = 50
"""Looks at a running container's processes until no new one is found: each may fork while we look."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What every recording here needs: the host, its kernel and machine, the tables of system calls."""

    native: dict[str, int]
    i386: dict[str, int]
    kernel: str
    machine: str
    host: Rooted = field(default_factory=lambda: Rooted("/"))
    limits: Limits | None = None

    def open(self, scope: Scope | None = None) -> Recorder:
        """A recorder. Raises `Unavailable`."""
        return open_recorder(self.host, self.machine, Numbers(self.native, self.i386), scope, self.limits)

    @property
    def names(self) -> Names:
        """Names by number."""
        return Names(
            native={number: name for name, number in self.native.items()},
            i386={number: name for name, number in self.i386.items()},
        )

    def about(self, subject: str, engine: str = "", runtime: str = "", image: str = "") -> About:
        """What is known of a run beforehand."""
        return About(subject, self.kernel, self.machine, engine, runtime, image)


def record_command(bench: Bench, command: Sequence[str], duration: float = float("inf")) -> Recording:
    """Runs a command and watches it and all that comes of it, until it ends or `duration` seconds have passed."""
    with bench.open() as recorder:
        child = held.start(command)
        try:
            recorder.watch(child.pid, Start.EXEC)
            watching = Watching(recorder, bench.names, bench.about(" ".join(command)))
            watching.begin()
            child.release()
            ended = _patient(child.wait)
            if not watching.until(ended, duration):
                child.end()
                return watching.finish(None)
            return watching.finish(child.status)
        finally:
            child.end(0.2)


def record_container(bench: Bench, name: str, duration: float = float("inf")) -> Recording:
    """Watches a container that runs already, with all programs begun in it, until it ends or the time is over."""
    found = containers.find(name, bench.host)
    with bench.open(Scope(pid_namespace=found.pid_namespace)) as recorder:
        watching = Watching(recorder, bench.names, bench.about(name, found.engine, found.runtime, found.image))
        watching.blind = ("what it did before the recording began",)
        if found.shares_pids:
            watching.blind += ("programs begun in it from outside: it has no pid namespace of its own",)
            recorder.watch(found.pid, Start.NOW)
        else:
            _watch_members(recorder, lambda: containers.members(bench.host, found.pid_namespace))
        watching.begin()

        def ended(seconds: float) -> bool:
            time.sleep(min(seconds, 1.0))
            return not recorder.watches(found.pid)

        watching.until(_patient(ended), duration)
        return watching.finish(None)


def record_pod(bench: Bench, wanted: str, container: str = "", duration: float = float("inf")) -> Recording:
    """Watches all containers of a pod of this node, or the one called `container`, as `record_container` does one.

    Containers that start meanwhile are seen from their first instruction, and so is what is run in them from outside.
    """
    pod = pods.find(wanted, bench.host, container)
    host, here = bench.host, containers.namespace(bench.host, "self")
    shares = any(containers.namespace(host, pid) == here for pid in pod.members(host))
    scope = Scope(groups=pod.groups, controller=pod.hierarchy.controller, outside=0 if shares else here)
    with bench.open(scope) as recorder:
        watching = Watching(recorder, bench.names, bench.about(pod.name, pod.engine))
        watching.blind = ("what it did before the recording began",)
        if shares:
            watching.blind += ("the runtime's own calls are taken for its own: it has the host's pid namespace",)
        if container:
            watching.blind += ("the container started anew: it has another control group then",)
        _watch_members(recorder, lambda: pod.members(host))
        watching.begin()

        def ended(seconds: float) -> bool:
            time.sleep(min(seconds, 1.0))
            return not pod.members(host)

        watching.until(_patient(ended), duration)
        return watching.finish(None)


def record_image(
    bench: Bench,
    image: Image,
    exercise: Callable[[str], int] | None = None,
    duration: float = float("inf"),
    profile: bytes = containers.ALLOW_EVERYTHING,
) -> Recording:
    """Starts an image through podman under a filter that allows everything, and watches from the moment it is loaded.

    With `exercise` the container is stopped once that has come back; it is given the container's name. `profile` is the
    filter instead, where a profile is tried out.
    """
    name = containers.fresh_name("record")
    with bench.open() as recorder, tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(profile)
        file.flush()
        child = held.start(image.run(name, file.name), {"RINGFENCE_CONTAINER": name})
        try:
            recorder.watch(child.pid, Start.FILTER, own_filters(bench.host))
            subject = " ".join((image.ref, *image.command))
            watching = Watching(recorder, bench.names, bench.about(subject, "podman", image.runtime, image.ref))
            watching.begin()
            child.release()
            if exercise is not None:
                if not await_start(name, child):
                    return watching.finish(child.status)
                watching.sample()
                exercise(name)
                watching.sample()
            elif watching.until(_patient(child.wait), duration):
                return watching.finish(child.status)
            containers.stop(name)
            child.wait(30.0)
            return watching.finish(None)
        finally:
            if not child.wait(0):
                containers.remove(name)
                child.end(5.0)


def await_start(name: str, child: held.Held) -> bool:
    """Waits until the container has a process; False if it ended first. Raises `Unavailable` if nothing comes of it."""
    end = time.monotonic() + containers.INIT_PATIENCE
    while not containers.first_process(name):
        if child.wait(0.1):
            return False
        if time.monotonic() > end:
            raise Unavailable(f"did not start within {containers.INIT_PATIENCE:.0f} s", where=name)
    return True


def own_filters(host: Rooted) -> int:
    """How many seccomp filters this process has already, which its children inherit."""
    for line in host.text("/proc/self/status").splitlines():
        if line.startswith("Seccomp_filters:"):
            return int(line.split()[1])
    return 0


def _watch_members(recorder: Recorder, look: Callable[[], frozenset[int]]) -> None:
    known: frozenset[int] = frozenset()
    for _ in range(ROUNDS):
        found = look()
        for pid in found - known:
            recorder.watch(pid, Start.NOW)
        if found <= known:
            return
        known |= found


def _patient(wait: Callable[[float], bool]) -> Callable[[float], bool]:
    """`wait`, with Ctrl-C taken as the end: whoever is watched hears it too."""

    def patient(seconds: float) -> bool:
        try:
            return wait(seconds)
        except KeyboardInterrupt:
            return wait(5.0) or True

    return patient


def this_machine() -> tuple[str, str]:
    """Release and machine of this kernel."""
    told = os.uname()
    return told.release, told.machine
