"""What `ringfence harden` makes of a file: its form found by its name, its needs taken out of a recording."""

import os
import re
from collections.abc import Callable

from ringfence.errors import Malformed, UnreadableInput, WrongUsage
from ringfence.formats import dockerfile
from ringfence.formats.pod_security_standard import Level
from ringfence.layers.application.enforce import recipe
from ringfence.layers.kubernetes.enforce import manifests
from ringfence.layers.kubernetes.enforce.least_container import Needed
from ringfence.layers.runtime.enforce import command_line, compose, quadlet, unit
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.least import Least
from ringfence.model.plan import Plan
from ringfence.model.recording import Phase, Recording
from ringfence.record.profiles.capabilities import needs
from ringfence.record.profiles.writable import places

FORMS = "a manifest is YAML or JSON; other forms: *.container, *.service, Dockerfile, compose.yaml, or --command"
COMPOSE = re.compile(r"(docker-|podman-)?compose([.-].*)?\.ya?ml")
UTF8_MARK, UTF16_MARKS = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")


class Wanted(Fact):
    """What was asked for: the needs of a workload if one was recorded, and a Pod Security level for manifests.

    `service` names the service of a compose file or the container of a manifest, where there are several.
    """

    least: Least = Least()
    level: Level | None = None
    service: str = ""


class Hardening(Fact):
    """A file before and after. `said` are the reasons and what the changes may break; `left` is what only people can do."""

    path: str
    before: str
    after: str
    said: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def least(recording: Recording | None, profile: str = "") -> Least:
    """What a workload was seen to need; `profile` is the path of a seccomp profile."""
    if recording is None:
        return Least(seccomp=profile)
    capabilities, written = needs(recording), places(recording)
    # A root that is itself written to cannot be read-only.
    known = None if isinstance(written, Unknown) or any(item.path == "/" for item in written.value) else written.value
    return Least(
        capabilities=tuple(item.name.removeprefix("CAP_") for item in capabilities.value.needed)
        if isinstance(capabilities, Known)
        else None,
        seccomp=profile,
        writable=None if known is None else tuple(place.path for place in known if not place.by_default),
        temporary=() if known is None else tuple(place.path for place in known if place.by_default),
        calls=tuple(sorted(recording.called(Phase.START_UP, Phase.SERVING))) or None,
    )


def harden(path: str, data: bytes, wanted: Wanted) -> Hardening:
    """The file hardened; its form is told by its name, and what has no other form is a stream of manifests.

    Raises `UnreadableInput` for what is not of its form, `WrongUsage` where it is not clear what is meant.
    """
    if data[:2] in UTF16_MARKS:
        raise UnreadableInput("is UTF-16, which is not changed in place", where=path, mend="save it as UTF-8")
    name = os.path.basename(path)
    if name.endswith(".container"):
        return _by_plan(data, path, lambda text: quadlet.harden(path, text, wanted.least))
    if name.endswith(".service"):
        return _by_plan(data, path, lambda text: unit.harden(path, text, wanted.least))
    if dockerfile.is_name(name):
        return _by_plan(data, path, lambda text: recipe.harden(path, text))
    if COMPOSE.fullmatch(name):
        return _by_plan(data, path, lambda text: compose.harden(path, text, wanted.least, wanted.service))
    return _manifests(data, path, wanted)


def command(line: str, wanted: Least) -> str:
    """A `podman run` or `docker run` with what is needed and no more. Raises `Malformed`."""
    return command_line.harden(line, wanted)


def _by_plan(data: bytes, path: str, make: Callable[[str], Plan]) -> Hardening:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as cause:
        raise UnreadableInput("is not UTF-8 text", where=path) from cause
    made = make(text)
    said = []
    for edit in made.edits:
        said.append(f"line {edit.line}: {edit.reason}")
        if edit.may_break:
            said.append(f"  may break: {edit.may_break}; how to see it: {edit.see}")
    return Hardening(path=path, before=text, after=made.applied(text), said=tuple(said))


def _manifests(data: bytes, path: str, wanted: Wanted) -> Hardening:
    try:
        done = manifests.harden(data, path, wanted.level, _needed(data, path, wanted))
    except Malformed as fault:
        raise UnreadableInput(fault.wrong, where=path, mend=FORMS) from fault
    if not done.documents and not done.left:
        raise UnreadableInput("holds no manifest", where=path, mend=FORMS)
    if not done.made and done.left and not done.objects:
        raise UnreadableInput(done.left[0].removeprefix(f"{path}: "), where=path)
    said = dict.fromkeys(f"note: {made.field.rpartition('.')[2]}: {made.caveat}" for made in done.made if made.caveat)
    mark = "\ufeff" if data.startswith(UTF8_MARK) else ""
    before = data.decode("utf-8")
    return Hardening(
        path=path, before=before, after=mark + done.text.removeprefix(mark or "\ufeff"), said=tuple(said), left=done.left
    )


def _needed(data: bytes, path: str, wanted: Wanted) -> Needed | None:
    """The container that the needs are of: the one named, or the only one."""
    if wanted.least == Least():
        return None
    names = manifests.containers(data)
    name = wanted.service or (names[0] if len(names) == 1 else "")
    if name not in names:
        known = ", ".join(names) or "there is none"
        raise WrongUsage(
            f"which container is meant ({wanted.service or 'none named'})", where=path, mend=f"--container: {known}"
        )
    return Needed(container=name, least=wanted.least)
