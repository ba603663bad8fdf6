"""What a Dockerfile asks for, over a base: the steps of the finished image, and the configuration they lead to.

Source: Dockerfile reference, https://docs.docker.com/reference/dockerfile/. Only the last stage and those it starts from
make layers of the finished image. Values that a build argument without a default decides are unknown, and not compared.
"""

import posixpath
from collections.abc import Mapping

from ringfence.errors import Malformed
from ringfence.formats import dockerfile
from ringfence.formats.dockerfile import Dockerfile, Instruction, Stage, expanded
from ringfence.formats.oci_image import RunConfig
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, Maybe, Unknown

QUIET = frozenset({"ARG", "MAINTAINER", "ONBUILD"})
"""What not every builder leaves a line of history for."""
MAKES_LAYER = frozenset({"RUN", "COPY", "ADD"})
MAY_MAKE_LAYER = MAKES_LAYER | {"WORKDIR"}
REMOTE = ("http://", "https://", "git@", "git://", "ssh://")
ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".txz", ".tar.zst")


class Step(Fact):
    """One instruction. `destination` is where COPY and ADD put `sources`, absolute; `unsure` says why these are not all
    told.
    """

    keyword: str
    text: str
    line: int
    comparable: bool = True
    sources: tuple[str, ...] = ()
    destination: str = ""
    folder: bool = False
    unsure: str = ""


class BuildPlan(Fact):
    """The steps, the base as it is written, and the configuration that is expected; None where it is not known."""

    base: str
    steps: tuple[Step, ...]
    environment: dict[str, str | None]
    command: tuple[str, ...] | None
    entrypoint: tuple[str, ...] | None
    user: str | None
    working_dir: str | None
    labels: dict[str, str | None]


def plan(data: bytes, base: RunConfig, arguments: Mapping[str, str]) -> BuildPlan:
    """The plan of a Dockerfile over a base's configuration, with build arguments. Raises `Malformed`, `LimitExceeded`."""
    file = dockerfile.parse(data)
    stages = _lineage(file, arguments)
    walk = _Walk(file, base, arguments)
    for stage in stages:
        walk.stage()
        for item in stage.instructions:
            if not item.trigger:
                walk.take(item)
    return BuildPlan(
        base=stages[0].base,
        steps=tuple(walk.steps),
        environment=walk.environment,
        command=walk.command,
        entrypoint=walk.entrypoint,
        user=walk.user,
        working_dir=walk.directory,
        labels=walk.labels,
    )


def _lineage(file: Dockerfile, arguments: Mapping[str, str]) -> list[Stage]:
    """The last stage and those it starts from, the first of them at the start."""
    values = _outside(file, arguments)
    found = [file.stages[-1]]
    at = len(file.stages) - 1
    while True:
        base = expanded(file.stages[at].base, values)
        name = base.value.lower() if isinstance(base, Known) else ""
        earlier = [place for place in range(at) if file.stages[place].name == name and name]
        if not earlier:
            return found
        at = earlier[-1]
        found.insert(0, file.stages[at])
        if len(found) > len(file.stages):
            raise Malformed("Dockerfile", "its stages start from each other")


def _outside(file: Dockerfile, arguments: Mapping[str, str]) -> dict[str, Maybe[str]]:
    values: dict[str, Maybe[str]] = {}
    for item in file.arguments:
        for name, default in dockerfile.assignments(item):
            values[name] = _argument(name, default, values, arguments)
    return values


def _argument(name: str, default: str | None, values: Mapping[str, Maybe[str]], given: Mapping[str, str]) -> Maybe[str]:
    if name in given:
        return Known(given[name])
    return Unknown("a build argument without a default decides") if default is None else expanded(default, values)


class _Walk:
    """What the instructions before this one have set."""

    def __init__(self, file: Dockerfile, base: RunConfig, arguments: Mapping[str, str]) -> None:
        self.steps: list[Step] = []
        self.environment: dict[str, str | None] = dict(item.partition("=")[::2] for item in base.env or ())
        self.command = base.cmd
        self.entrypoint = base.entrypoint
        self.user: str | None = base.user or ""
        self.directory: str | None = base.working_dir or ""
        self.labels: dict[str, str | None] = dict(base.labels or {})
        self._outside = _outside(file, arguments)
        self._given = arguments
        self._arguments: dict[str, Maybe[str]] = {}
        self._shell: tuple[str, ...] = ("/bin/sh", "-c")

    def stage(self) -> None:
        """A stage begins: arguments are its own."""
        self._arguments = {}

    def take(self, item: Instruction) -> None:
        """One instruction."""
        comparable = item.words is None and not item.heredocs
        step = Step(keyword=item.keyword, text=" ".join(item.text.split()), line=item.line, comparable=comparable)
        match item.keyword:
            case "COPY" | "ADD":
                step = self._copy(item, step)
            case "ARG":
                self._declare(item)
            case "ENV":
                for name, value in dockerfile.assignments(item):
                    self.environment[name] = self._told(value or "")
            case "LABEL":
                for name, value in dockerfile.assignments(item):
                    self.labels[name] = self._told(value or "")
            case "USER":
                self.user = self._told(item.text)
            case "WORKDIR":
                self.directory = self._absolute(self._told(item.text))
            case "SHELL":
                self._shell = item.words or self._shell
            case "CMD" | "ENTRYPOINT":
                self._starts(item)
            case _:
                pass
        self.steps.append(step)

    def _declare(self, item: Instruction) -> None:
        for name, default in dockerfile.assignments(item):
            outside = self._outside.get(name) if default is None else None
            self._arguments[name] = outside or _argument(name, default, self._values(), self._given)

    def _starts(self, item: Instruction) -> None:
        words = item.words if item.words is not None else (*self._shell, item.text)
        if item.keyword == "CMD":
            self.command = words
            return
        self.entrypoint = words
        # Setting ENTRYPOINT takes away the CMD of the base, not one that this file has set before it.
        if not any(done.keyword == "CMD" for done in self.steps):
            self.command = ()

    def _values(self) -> dict[str, Maybe[str]]:
        known: dict[str, Maybe[str]] = {
            name: Unknown("not known") if value is None else Known(value) for name, value in self.environment.items()
        }
        return {**self._arguments, **known}

    def _told(self, text: str) -> str | None:
        found = expanded(text, self._values())
        return found.value if isinstance(found, Known) else None

    def _absolute(self, path: str | None) -> str | None:
        if path is None or (not path.startswith("/") and self.directory is None):
            return None
        return posixpath.normpath(posixpath.join("/", self.directory or "", path))

    def _copy(self, item: Instruction, step: Step) -> Step:
        words = [self._told(word) for word in item.words or item.text.split()]
        told = [word for word in words if word is not None]
        if len(told) != len(words) or len(told) < 2 or item.heredocs:
            return _with(step, unsure="what it copies is not in its line")
        target = self._absolute(told[-1])
        if target is None:
            return _with(step, unsure="where it copies to is not known")
        sources = tuple(told[:-1])
        unsure = ""
        if item.flag("from"):
            unsure = f"it copies from {item.flag('from')}, which is not looked at"
        elif any(source.startswith(REMOTE) for source in sources):
            unsure = "it fetches from elsewhere"
        elif item.keyword == "ADD" and any(source.endswith(ARCHIVES) for source in sources):
            unsure = "it unpacks an archive"
        folder = told[-1].endswith("/") or told[-1] in (".", "./") or len(sources) > 1
        return _with(step, sources=sources, destination=target, folder=folder, unsure=unsure)


def _with(
    step: Step, sources: tuple[str, ...] = (), destination: str = "", *, folder: bool = False, unsure: str = ""
) -> Step:
    return Step(
        keyword=step.keyword,
        text=step.text,
        line=step.line,
        comparable=step.comparable,
        sources=sources,
        destination=destination,
        folder=folder,
        unsure=unsure,
    )
