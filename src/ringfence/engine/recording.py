"""Recording for the command line: the tables put beside the recorder, the method chosen."""

import os
import platform
from collections.abc import Callable

from ringfence.errors import Unavailable, WrongUsage
from ringfence.io import process
from ringfence.knowledge.system_calls import system_calls
from ringfence.model.recording import Recording
from ringfence.record import containers, notified, recorder
from ringfence.record.containers import Image
from ringfence.record.probes import TYPES
from ringfence.record.recorder import Bench

EBPF = "eBPF"
"""Where `io.bpf` says a fault is when the kernel gives us no eBPF."""
EXERCISE_SECONDS = 3600.0
"""Most that an exercise may take."""


def bench() -> Bench:
    """What recordings on this machine need."""
    kernel, machine = os.uname().release, platform.machine()
    return Bench(
        native=system_calls(machine).numbers,
        i386=system_calls("i386").numbers,
        kernel=kernel,
        machine=machine,
    )


def command(words: tuple[str, ...], duration: float, method: str) -> Recording:
    """A command's recording, without eBPF where it may not be used and the method is left to us."""
    known = bench()
    if method != "notify":
        try:
            return recorder.record_command(known, words, duration)
        except Unavailable as cause:
            if method == "ebpf" or cause.where not in (EBPF, TYPES, known.machine):
                raise
    if duration != float("inf"):
        raise WrongUsage("needs eBPF", where="--duration", mend="run as root, or leave it out")
    return notified.record_command(words, known.names, known.about(" ".join(words)))


def container(name: str, duration: float, method: str) -> Recording:
    """A running container's recording."""
    _only_ebpf(method)
    return recorder.record_container(bench(), name, duration)


def pod(wanted: str, only: str, duration: float, method: str) -> Recording:
    """A pod's recording; `only` is the one container of it that is meant, if it is one."""
    _only_ebpf(method)
    return recorder.record_pod(bench(), wanted, only, duration)


def image(ref: str, words: tuple[str, ...], options: tuple[str, ...], runtime: str) -> Image:
    """An image to be run through podman. Raises `WrongUsage` for options that do not fit."""
    found = Image(ref=ref, command=words, options=options, runtime=runtime)
    found.run(containers.fresh_name("check"), "profile.json")
    return found


def of_image(found: Image, exercise: str, duration: float, method: str) -> Recording:
    """An image's recording; `exercise` is a command of the shell here, run while the container is up."""
    _only_ebpf(method)
    return recorder.record_image(bench(), found, exerciser(exercise) if exercise else None, duration)


def exerciser(line: str) -> Callable[[str], int]:
    """What runs a line of the shell with the container's name in its environment, and gives its exit status."""

    def exercise(name: str) -> int:
        return process.run(("sh", "-c", line), EXERCISE_SECONDS, {"RINGFENCE_CONTAINER": name})

    return exercise


def _only_ebpf(method: str) -> None:
    if method == "notify":
        raise WrongUsage("the method notify records commands only", where="--method", mend="record it as root with eBPF")
