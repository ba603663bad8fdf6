"""What a pipeline of GitHub Actions or GitLab CI does, in one form: who starts it, with which rights, what its steps run.

Credentials are told apart here, and no more than a few characters of them are kept. Files are read as YAML with line
numbers; what GitHub or GitLab would refuse is `Malformed`. Nothing is run or fetched.
"""

import re
from collections.abc import Iterator

from ringfence.errors import Malformed
from ringfence.formats import build_recipe, credential_text, shell_commands
from ringfence.formats.credential_text import Credential
from ringfence.formats.document_tree import Mapping, Scalar, Sequence, Tree
from ringfence.formats.shell_commands import ShellCommand
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.location import Location

GITHUB = "GitHub Actions"
GITLAB = "GitLab CI"
MAX_LOOKED = 2_000
"""Lines of a script in which the place of an expression is looked for."""

_GITHUB_FILE = re.compile(r"(?:.*/)?(?:\.github/workflows/[^/]+\.ya?ml|action\.ya?ml)")
_GITLAB_FILE = re.compile(r"(?:.*/)?(?:[^/]*\.gitlab-ci\.ya?ml|\.gitlab/ci/(?:.*/)?[^/]+\.ya?ml)")
_EXPRESSION = re.compile(r"\$\{\{(.{0,2000}?)\}\}", re.DOTALL)


class ScriptExpression(Fact):
    """A `${{ }}` whose value is written into a script before that is run."""

    text: str
    at: Location = Location()


class PipelineStep(Fact):
    """A step: a script with its commands, or an action with its inputs.

    `triggers` are the events that start the pipeline. `expressions` are those in the script; `environment` are the variables
    it sees whose values have an expression, `typed` the inputs that can only be numbers or truth values. `action` is
    `owner/name`, as written before the `@`, `reference` what is behind it, `version` what a comment says it is.
    """

    system: str = GITHUB
    triggers: Maybe[tuple[str, ...]] = Known(())
    commands: tuple[ShellCommand, ...] = ()
    expressions: tuple[ScriptExpression, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    typed: tuple[str, ...] = ()
    action: str = ""
    reference: str = ""
    version: str = ""
    inputs: tuple[tuple[str, str], ...] = ()
    at: Location = Location()

    def given(self, name: str) -> str:
        """The input of that name, or nothing."""
        return next((value for key, value in self.inputs if key == name), "")


class PipelineImage(Fact):
    """An image that a job runs in, beside itself (`service`), or as a step (`action`), with the engine's options."""

    image: Maybe[str]
    role: str = "container"
    options: str = ""
    at: Location = Location()


class PipelineJob(Fact):
    """A job. `runners` are the labels of machines that take it; `calls` is the pipeline it runs instead of steps.

    `condition` is what must hold for it to run, as written; `all_secrets` that a called pipeline gets every secret.
    """

    name: str
    system: str = GITHUB
    triggers: Maybe[tuple[str, ...]] = Known(())
    runners: Maybe[tuple[str, ...]] = Known(())
    condition: str = ""
    permissions: Maybe[str] = Known("")
    calls: str = ""
    all_secrets: bool = False
    steps: tuple[PipelineStep, ...] = ()
    images: tuple[PipelineImage, ...] = ()
    at: Location = Location()


class PipelineInclude(Fact):
    """Another file that a pipeline is put together with: `kind` is `remote`, `project`, `component`, `template` or `local`.

    `reference` is the branch, tag, commit or version asked for; `digest` says that the file's content is fixed.
    """

    kind: str
    address: str
    reference: str = ""
    digest: bool = False
    at: Location = Location()


class PipelineCredential(Fact):
    """A credential in the file itself, and where it is set."""

    where: str
    credential: Credential
    at: Location = Location()


class Pipeline(Fact):
    """A whole file. `composite` says that it is an action others use, not a pipeline.

    `permissions` is what it says of the token: empty if nothing, `write-all`, `read-all` or `listed`.
    """

    path: str
    system: str = GITHUB
    composite: bool = False
    triggers: Maybe[tuple[str, ...]] = Known(())
    permissions: str = ""
    jobs: tuple[PipelineJob, ...] = ()
    includes: tuple[PipelineInclude, ...] = ()
    credentials: tuple[PipelineCredential, ...] = ()
    at: Location = Location()


class Page:
    """The file that is being read: its path and lines, and the credentials found on the way."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.lines = text.split("\n")
        self.credentials: list[PipelineCredential] = []

    def at(self, line: int) -> Location:
        """A place in the file."""
        return Location(path=self.path, line=line)

    def line(self, number: int) -> str:
        """A line as written, or nothing."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def keep(self, where: str, found: tuple[Credential, ...], line: int) -> None:
        """Remember credentials."""
        for item in dict.fromkeys(found):
            self.credentials.append(PipelineCredential(where=where, credential=item, at=self.at(line)))

    def variables(self, tree: Tree | None, where: str) -> tuple[tuple[str, str], ...]:
        """The variables of a mapping whose values have an expression; those that are credentials are remembered."""
        found: list[tuple[str, str]] = []
        for name, value in entries(tree, where):
            # GitLab writes a variable with its description as a mapping.
            inner = value.entries.get("value") if isinstance(value, Mapping) else value
            written = inner.text if isinstance(inner, Scalar) else ""
            if "${{" in written:
                found.append((name, written))
            elif seen := credential_text.in_value(name, written):
                self.keep(where, (seen,), value.line)
        return tuple(found)

    def script(self, text: str, line: int) -> tuple[tuple[ShellCommand, ...], tuple[ScriptExpression, ...]]:
        """The commands of a shell script, without credentials, and its expressions at their lines."""
        commands = shell_commands.commands(text)
        for command in commands:
            self.keep("a script", credential_text.in_arguments(command.words), line)
        return tuple(build_recipe.hidden(command) for command in commands), self.expressions(text, line)

    def expressions(self, text: str, line: int) -> tuple[ScriptExpression, ...]:
        """The expressions in a text that begins on `line`."""
        found: list[ScriptExpression] = []
        for seen in _EXPRESSION.finditer(text):
            place, first = line, seen.group().split("\n", 1)[0]
            for number in range(line, min(line + MAX_LOOKED, len(self.lines)) + 1):
                if first in self.line(number):
                    place = number
                    break
            found.append(ScriptExpression(text=" ".join(seen.group(1).split()), at=self.at(place)))
        return tuple(dict.fromkeys(found))


def is_gitlab(path: str) -> bool:
    """Whether a path is that of a file of GitLab CI, by its name or by the folder GitLab's own projects keep them in."""
    return bool(_GITLAB_FILE.fullmatch(path))


def is_pipeline(path: str) -> bool:
    """Whether a path is that of a workflow, an action or a file of GitLab CI."""
    return bool(_GITHUB_FILE.fullmatch(path)) or is_gitlab(path)


def bodies(text: str) -> tuple[str, ...]:
    """What stands inside each `${{ }}` of a text."""
    return tuple(" ".join(seen.group(1).split()) for seen in _EXPRESSION.finditer(text))


def entries(tree: Tree | None, what: str) -> Iterator[tuple[str, Tree]]:
    """The keys of a mapping; none where nothing is written, or an expression. Raises `Malformed` for anything else."""
    if isinstance(tree, Mapping):
        yield from tree.entries.items()
    elif isinstance(tree, Sequence) or (isinstance(tree, Scalar) and tree.text and "${{" not in tree.text):
        raise Malformed("pipeline", f"line {tree.line}: {what} is not a mapping")


def items(tree: Tree | None, what: str) -> tuple[Tree, ...]:
    """The items of a list. Raises `Malformed` for a mapping or text."""
    if isinstance(tree, Sequence):
        return tree.items
    if isinstance(tree, Mapping) or (isinstance(tree, Scalar) and tree.value is not None):
        raise Malformed("pipeline", f"line {tree.line}: {what} is not a list")
    return ()


def text_of(tree: Tree | None, name: str = "") -> str:
    """The text at a key of a mapping (or of a scalar itself), or nothing."""
    here = tree.entries.get(name) if name and isinstance(tree, Mapping) else tree
    return here.text if isinstance(here, Scalar) else ""


def child(tree: Tree | None, name: str) -> Tree | None:
    """What stands under a key, if there is one."""
    return tree.entries.get(name) if isinstance(tree, Mapping) else None


def image_of(text: str, mark: str) -> Maybe[str]:
    """The name of an image, unless a variable (which begins with `mark`) decides it."""
    return Unknown(f"a variable decides the image: {text[:80]}") if mark in text else Known(text)
