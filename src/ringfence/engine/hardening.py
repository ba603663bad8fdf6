"""What `ringfence harden run` plans for a file: its form found, what is needed taken out of a recording."""

import os
import re

from ringfence.errors import UnreadableInput, WrongUsage
from ringfence.layers.runtime.enforce import command_line, compose, quadlet
from ringfence.layers.runtime.enforce.least import Least
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.plan import Plan
from ringfence.model.recording import Recording
from ringfence.record.profiles.capabilities import needs
from ringfence.record.profiles.writable import places

COMPOSE = re.compile(r"(docker-)?compose([.-].*)?\.ya?ml")


def least(recording: Recording | None, profile: str = "") -> Least:
    """What a workload needs: capabilities and writable places by a recording; `profile` is a seccomp profile's path."""
    if recording is None:
        return Least(seccomp=profile)
    capabilities, written = needs(recording), places(recording)
    return Least(
        capabilities=tuple(item.name.removeprefix("CAP_") for item in capabilities.value.needed)
        if isinstance(capabilities, Known)
        else None,
        seccomp=profile,
        writable=None
        if isinstance(written, Unknown)
        else tuple(place.path for place in written.value if not place.by_default),
    )


def plan(path: str, data: bytes, wanted: Least, service: str = "") -> Plan:
    """The plan for a file, by its name. Raises `WrongUsage` for a form that is not known, `Malformed`."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as cause:
        raise UnreadableInput("is not UTF-8 text", where=path) from cause
    name = os.path.basename(path)
    if name.endswith(".container"):
        return quadlet.harden(path, text, wanted)
    if COMPOSE.fullmatch(name):
        return compose.harden(path, text, wanted, service)
    mend = "give a quadlet (*.container) or a compose file (compose.yaml), or --command 'podman run ...'"
    raise WrongUsage("this form of file is not known", where=path, mend=mend)


def command(line: str, wanted: Least) -> str:
    """A `podman run` or `docker run` with what is needed and no more. Raises `Malformed`."""
    return command_line.harden(line, wanted)
