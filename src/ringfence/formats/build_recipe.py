"""What a Dockerfile makes, step by step: bases, commands, copies, variables, and who the image runs as.

Variables are replaced as BuildKit does: `ARG`s before the first stage only in FROM, others inside their stage from their
line on; `ENV` goes before `ARG`. Credentials are told apart here, and no more than a few characters of them are kept.
Source: Dockerfile reference, "Environment replacement", "Understand how ARG and FROM interact".
"""

from collections.abc import Iterator

import msgspec

from ringfence.formats import credential_text, dockerfile, shell_commands
from ringfence.formats.credential_text import Credential
from ringfence.formats.dockerfile import Instruction, Stage, expanded
from ringfence.formats.shell_commands import ShellCommand
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.location import Location

SHELLS = frozenset({"sh", "bash", "ash", "dash", "ksh", "zsh"})
HIDDEN = "[credential]"
NO_DEFAULT = Unknown("a build argument without a default decides")


class Base(Fact):
    """What a stage starts from: an image, `scratch`, or an earlier stage; `final` if the finished image rests on it."""

    image: Maybe[str] = Known("scratch")
    is_stage: bool = False
    final: bool = True
    at: Location = Location()


class Mount(Fact):
    """A `RUN --mount`, by kind (`cache`, `secret`, `bind`, `tmpfs`, `ssh`), with its target."""

    kind: str
    target: str = ""


class BuildStep(Fact):
    """A RUN instruction. `final` says that what it leaves is in the finished image; credentials in it are hidden.

    `pipefail` says whether its shell lets a pipe fail if any part does; `root` whether it runs as root.
    """

    commands: tuple[ShellCommand, ...] = ()
    mounts: tuple[Mount, ...] = ()
    network: str = ""
    security: str = ""
    pipefail: bool = False
    root: Maybe[bool] = Known(True)
    final: bool = True
    at: Location = Location()


class CredentialFile(Fact):
    """A file that by its name holds credentials, and what such files hold."""

    path: str
    holds: str


class BuildCopy(Fact):
    """A COPY or ADD. `source_stage` is the stage or image of `--from`, `stage_known` that it is a stage of the file.

    `credentials` are those of its sources that by their names hold some; whoever knows such names fills it in.
    """

    sources: tuple[str, ...]
    destination: str
    add: bool = False
    source_stage: str = ""
    stage_known: bool = False
    checksum: str = ""
    credentials: tuple[CredentialFile, ...] = ()
    final: bool = True
    at: Location = Location()


class BuildVariable(Fact):
    """A name set by `ARG`, `ENV` or `LABEL` (`kind`). `has_value` is false for an ARG without a default.

    `from_variable` says that its value is taken from another variable.
    """

    kind: str
    name: str
    has_value: bool = True
    from_variable: bool = False
    final: bool = True
    at: Location = Location()


class Command(Fact):
    """CMD or ENTRYPOINT (`kind`) of the finished image; `shell` says that a shell stands between it and the program."""

    kind: str
    shell: bool
    commands: tuple[ShellCommand, ...] = ()
    at: Location = Location()


class WrittenCredential(Fact):
    """A credential in the file itself, and in which instruction."""

    keyword: str
    credential: Credential
    at: Location = Location()


class Recipe(Fact):
    """A whole file. `user` is who the finished image runs as: empty where the last base decides.

    `ports` are those it exposes. `context` are files beside it that by their names hold credentials and that no
    `.dockerignore` leaves out; `copies_context` is the line that copies the whole context, or None.
    """

    path: str = ""
    bases: tuple[Base, ...] = ()
    steps: tuple[BuildStep, ...] = ()
    copies: tuple[BuildCopy, ...] = ()
    variables: tuple[BuildVariable, ...] = ()
    commands: tuple[Command, ...] = ()
    credentials: tuple[WrittenCredential, ...] = ()
    user: Maybe[str] = Known("")
    user_at: Location = Location()
    ports: tuple[str, ...] = ()
    copies_context: int | None = None
    context: Maybe[tuple[CredentialFile, ...]] = Unknown("the folder of the file was not looked at")


def parse(path: str, data: bytes) -> Recipe:
    """The file at `path`. Raises `Malformed`, `LimitExceeded`."""
    file = dockerfile.parse(data)
    outside: dict[str, Maybe[str]] = {}
    for item in file.arguments:
        for name, value in dockerfile.assignments(item):
            outside[name] = NO_DEFAULT if value is None else expanded(value, outside)
    names = [stage.name for stage in file.stages]
    lineage = _lineage(file.stages, outside)
    walked: list[_Stage] = []
    for index, stage in enumerate(file.stages):
        parent = _parent(_image(stage, outside), names[:index], index)
        before = walked[parent] if parent is not None else None
        walked.append(_Stage(path, stage, outside, index in lineage, names[:index], before))
    bases = tuple(
        Base(
            image=_image(stage, outside),
            is_stage=_parent(_image(stage, outside), names[:index], index) is not None,
            final=index in lineage,
            at=Location(path=path, line=stage.start.line),
        )
        for index, stage in enumerate(file.stages)
    )
    last = walked[-1]
    whole = (copy.at.line for stage in walked for copy in stage.copies if _whole_context(copy))
    arguments = tuple(
        BuildVariable(
            kind="ARG", name=name, has_value=value is not None, final=False, at=Location(path=path, line=item.line)
        )
        for item in file.arguments
        for name, value in dockerfile.assignments(item)
    )
    every = (*file.arguments, *(item for stage in file.stages for item in stage.instructions))
    return Recipe(
        path=path,
        bases=bases,
        steps=tuple(step for stage in walked for step in stage.steps),
        copies=tuple(copy for stage in walked for copy in stage.copies),
        variables=(*arguments, *(variable for stage in walked for variable in stage.variables)),
        commands=tuple(last.commands.values()),
        credentials=tuple(found for item in every for found in _credentials(path, item)),
        user=last.user,
        user_at=last.user_at,
        ports=tuple(last.ports),
        copies_context=next(whole, None),
    )


def _whole_context(copy: BuildCopy) -> bool:
    return not copy.source_stage and any(source.rstrip("/") in ("", ".") for source in copy.sources)


def _image(stage: Stage, outside: dict[str, Maybe[str]]) -> Maybe[str]:
    """What FROM names. Nothing is no image: then whoever builds gives it."""
    found = expanded(stage.base, outside)
    return Unknown("a variable without a value decides") if found == Known("") else found


def _parent(image: Maybe[str], earlier: list[str], index: int) -> int | None:
    """The earlier stage that FROM or `--from` names, by name or number; the last of that name."""
    if isinstance(image, Unknown):
        return None
    name = image.value.lower()
    found = next((at for at in range(index - 1, -1, -1) if earlier[at] and earlier[at] == name), None)
    return found if found is not None or not name.isdecimal() or int(name) >= index else int(name)


def _lineage(stages: tuple[Stage, ...], outside: dict[str, Maybe[str]]) -> frozenset[int]:
    """The stages whose layers are in the finished image: the last one and those it starts from."""
    names = [stage.name for stage in stages]
    found, at = set(), len(stages) - 1
    while True:
        found.add(at)
        parent = _parent(_image(stages[at], outside), names[:at], at)
        if parent is None:
            return frozenset(found)
        at = parent


class _Stage:
    """One walk through a stage: what its instructions set is known to those after them."""

    def __init__(
        self,
        path: str,
        stage: Stage,
        outside: dict[str, Maybe[str]],
        final: bool,
        earlier: list[str],
        before: "_Stage | None",
    ) -> None:
        self.path, self.final, self.earlier, self.outside = path, final, earlier, outside
        self.arguments: dict[str, Maybe[str]] = {}
        self.environment: dict[str, Maybe[str]] = dict(before.environment) if before else {}
        self.shell: tuple[str, ...] = before.shell if before else ("/bin/sh", "-c")
        self.user: Maybe[str] = before.user if before else Known("")
        self.user_at: Location = before.user_at if before else Location(path=path, line=stage.start.line)
        self.commands: dict[str, Command] = dict(before.commands) if before else {}
        self.ports: list[str] = list(before.ports) if before else []
        self.steps: list[BuildStep] = []
        self.copies: list[BuildCopy] = []
        self.variables: list[BuildVariable] = []
        for item in stage.instructions:
            if not item.trigger:
                self._take(item)

    def _values(self) -> dict[str, Maybe[str]]:
        return {**self.arguments, **self.environment}

    def _at(self, item: Instruction) -> Location:
        return Location(path=self.path, line=item.line)

    def _take(self, item: Instruction) -> None:
        match item.keyword:
            case "RUN":
                self.steps.append(self._step(item))
            case "COPY" | "ADD":
                self.copies.extend(self._copy(item))
            case "ARG" | "ENV" | "LABEL":
                self.variables.extend(self._set(item))
            case "USER":
                named = expanded(item.text.strip(), self._values())
                self.user = Known(named.value.partition(":")[0]) if isinstance(named, Known) else named
                self.user_at = self._at(item)
            case "SHELL":
                self.shell = item.words or self.shell
            case "CMD" | "ENTRYPOINT":
                self._starts(item)
            case "EXPOSE":
                self.ports.extend(item.text.split())
            case _:
                pass

    def _set(self, item: Instruction) -> Iterator[BuildVariable]:
        for name, written in dockerfile.assignments(item):
            value = None if written is None else expanded(written, self._values())
            if item.keyword == "ARG":
                self.arguments[name] = value if value is not None else self.outside.get(name, NO_DEFAULT)
            elif item.keyword == "ENV" and value is not None:
                self.environment[name] = value
            yield BuildVariable(
                kind=item.keyword,
                name=name,
                has_value=written is not None,
                from_variable="$" in (written or ""),
                final=self.final,
                at=self._at(item),
            )

    def _step(self, item: Instruction) -> BuildStep:
        found = list(_run(item))
        options = any("pipefail" in command.words for command in found if command.program == "set")
        option = any("pipefail" in word for word in self.shell)
        root: Maybe[bool] = self.user if isinstance(self.user, Unknown) else Known(self.user.value in ("", "root", "0"))
        return BuildStep(
            commands=tuple(hidden(command) for command in found),
            mounts=tuple(_mount(value) for name, value in item.flags if name == "mount"),
            network=item.flag("network"),
            security=item.flag("security"),
            pipefail=options or option,
            root=root,
            final=self.final,
            at=self._at(item),
        )

    def _copy(self, item: Instruction) -> Iterator[BuildCopy]:
        words = item.words or tuple(item.text.split())
        if len(words) < 2 or item.heredocs:
            return
        values = self._values()
        told = [expanded(word, values) for word in words]
        plain = [word if isinstance(text, Unknown) else text.value for word, text in zip(words, told, strict=True)]
        stage = expanded(item.flag("from"), values)
        name = stage.value if isinstance(stage, Known) else item.flag("from")
        yield BuildCopy(
            sources=tuple(plain[:-1]),
            destination=plain[-1],
            add=item.keyword == "ADD",
            source_stage=name,
            stage_known=bool(name) and _parent(Known(name), self.earlier, len(self.earlier)) is not None,
            checksum=item.flag("checksum"),
            final=self.final,
            at=self._at(item),
        )

    def _starts(self, item: Instruction) -> None:
        shell = item.words is None
        found = shell_commands.commands(item.text) if shell else shell_commands.of_words(item.words or ())
        shown = tuple(hidden(command) for command in found)
        self.commands[item.keyword] = Command(kind=item.keyword, shell=shell, commands=shown, at=self._at(item))


def _run(item: Instruction) -> Iterator[ShellCommand]:
    """The commands of a RUN. What a here-document gives to a shell is a script; what it gives to others is not."""
    if item.words is not None:
        yield from shell_commands.of_words(item.words)
        return
    alone = bool(item.heredocs) and item.text.lstrip("0123456789").startswith("<<")
    if alone:
        body = item.heredocs[0].body
        first = body.split("\n", 1)[0]
        if not first.startswith("#!") or first.rpartition("/")[2].split(" ")[-1].strip() in SHELLS:
            yield from shell_commands.commands(body)
        return
    found = shell_commands.commands(item.text)
    yield from found
    if item.heredocs and any(command.program in SHELLS for command in found):
        yield from shell_commands.commands(item.heredocs[0].body)


def _credentials(path: str, item: Instruction) -> Iterator[WrittenCredential]:
    """Credentials that an instruction spells out: set in a variable, given to a command, or written by a here-document."""
    found: list[Credential] = []
    if item.keyword in ("ARG", "ENV", "LABEL"):
        for name, value in dockerfile.assignments(item):
            told = expanded(value or "", {})
            if isinstance(told, Known) and (seen := credential_text.in_value(name, told.value)):
                found.append(seen)
    elif item.keyword in ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"):
        words = item.words or tuple(item.text.split())
        found += credential_text.in_arguments(tuple(word.strip("\"'") for word in words))
    for document in item.heredocs:
        found += credential_text.in_text("", document.body)
    for credential in dict.fromkeys(found):
        yield WrittenCredential(keyword=item.keyword, credential=credential, at=Location(path=path, line=item.line))


def hidden(command: ShellCommand) -> ShellCommand:
    """The command without the credentials in its words."""
    words = list(command.words)
    for at, word in enumerate(words):
        if credential_text.in_arguments((word,)):
            words[at] = f"{word.partition('=')[0]}={HIDDEN}" if "=" in word else HIDDEN
        elif word.startswith("-") and credential_text.in_arguments(tuple(words[at : at + 2])):
            words[at + 1] = HIDDEN
    return msgspec.structs.replace(command, words=tuple(words)) if tuple(words) != command.words else command


def _mount(text: str) -> Mount:
    options = dict(part.partition("=")[::2] for part in text.split(","))
    target = options.get("target") or options.get("dst") or options.get("destination") or ""
    return Mount(kind=options.get("type", "bind"), target=target)
