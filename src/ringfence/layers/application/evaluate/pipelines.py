"""What outsiders decide in a pipeline, and what its steps do with secrets.

Sources: docs.github.com "Script injections" and "Secure use reference" (which contexts outsiders write), "Events that
trigger workflows" (which events run with the repository's secrets though outsiders start them); docs.gitlab.com
"Predefined CI/CD variables".
"""

import re
from collections.abc import Iterator

from ringfence.formats.credential_text import names_a_secret
from ringfence.formats.pipeline import GITLAB, PipelineJob, PipelineStep, bodies
from ringfence.formats.shell_commands import ShellCommand
from ringfence.model.knowledge import Known, Maybe

TRUSTED_EVENTS = frozenset(
    {"pull_request_target", "workflow_run", "issue_comment", "issues", "discussion", "discussion_comment", "gollum", "fork"}
)
"""Events that outsiders cause and that run with the repository's secrets and a token that may write."""
OUTSIDE_EVENTS = TRUSTED_EVENTS | {"pull_request", "pull_request_review", "pull_request_review_comment", "watch"}
"""Events that outsiders cause. For `pull_request` of a fork there are no secrets, but the code is theirs."""

_OUTSIDE_ENDS = (
    "body",
    "default_branch",
    "email",
    "head_branch",
    "label",
    "message",
    "name",
    "page_name",
    "ref",
    "title",
    *("display_title", "description", "homepage"),
)
_OUTSIDE_EVENT = re.compile(
    r"github\.event\.(?:issue|comment|review|discussion|pull_request|pages|commits|head_commit|workflow_run)\b[\w.*\[\]'-]*"
)
_INSIDE = re.compile(
    r"\.(?:base|milestone|labels?\.|user|sender|repository|organization)\b|pull_request\.base|workflow_run\.name$"
)
_WHOLE = re.compile(r"toJSON\(\s*github(?:\.event(?:\.\w+)?)?\s*\)", re.IGNORECASE)
_TRUTHS = re.compile(
    r"\b(?:contains|startsWith|endsWith|hashFiles|success|failure|always|cancelled)\([^()]*\)", re.IGNORECASE
)
_TEXTS = re.compile(r"'(?:[^']|'')*'")
_COMPARED = re.compile(r"==|!=|[<>]=?|^\s*!")
_HEAD = re.compile(
    r"github\.event\.pull_request\.head\.|github\.head_ref|github\.event\.workflow_run\.head_|refs/pull/"
    r"|github\.event\.pull_request\.merge_commit_sha"
)
_GITLAB_OUTSIDE = re.compile(
    r"\$\{?(?:CI_COMMIT_(?:MESSAGE|TITLE|DESCRIPTION|REF_NAME|BRANCH|TAG|AUTHOR|TAG_MESSAGE)"
    r"|CI_MERGE_REQUEST_(?:TITLE|DESCRIPTION|SOURCE_BRANCH_NAME|LABELS))\b"
)
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)")
_SECRET = re.compile(r"\bsecrets\.([A-Za-z_]\w*)|\bsecrets\[|\bgithub\.token\b")
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh"})
_PRINTERS = frozenset({"echo", "printf"})


def operands(expression: str) -> Iterator[str]:
    """What an expression's value can be: of `a && b || c` either `b` or `c`; comparisons and questions are no text."""
    bare = _TRUTHS.sub("true", _TEXTS.sub("''", expression))
    for choice in bare.split("||"):
        last = choice.split("&&")[-1].strip(" ()") if "toJSON" not in choice else choice
        if not _COMPARED.search(last):
            yield last


def outside_text(step: PipelineStep, expression: str, depth: int = 0) -> str:
    """The part of an expression whose text an outsider writes, or nothing."""
    if _WHOLE.search(expression):
        return expression
    variables = dict(step.environment)
    for operand in operands(expression):
        if operand == "github.head_ref" or "(github.head_ref" in operand:
            return "github.head_ref"
        for seen in _OUTSIDE_EVENT.finditer(operand):
            if seen.group().rpartition(".")[2] in _OUTSIDE_ENDS and not _INSIDE.search(seen.group()):
                return seen.group()
        name = operand.removeprefix("env.")
        if name != operand and name in variables and depth < 3:
            for inner in bodies(variables[name]):
                if found := outside_text(step, inner, depth + 1):
                    return found
    return ""


def asked_of_callers(step: PipelineStep, expression: str) -> str:
    """The input of a called workflow or an action that an expression writes out as text, or nothing."""
    called = not isinstance(step.triggers, Known) or "workflow_call" in step.triggers.value
    for operand in operands(expression):
        name = operand.removeprefix("inputs.")
        if called and name != operand and name not in step.typed:
            return operand
    return ""


def evaluated(step: PipelineStep) -> str:
    """The variable of GitLab that outsiders write and that a command reads as a script, or nothing."""
    if step.system != GITLAB:
        return ""
    for command in step.commands:
        if command.program == "eval" or (command.program in _SHELLS and command.has("-c")):
            seen = _GITLAB_OUTSIDE.search(" ".join(command.words))
            if seen:
                return seen.group()
    return ""


def fetches_head(step: PipelineStep) -> str:
    """What of a step brings in the code of whoever proposes a change: the expression or command; or nothing."""
    if step.action == "actions/checkout":
        given = f"{step.given('ref')} {step.given('repository')}"
        return given.strip() if _HEAD.search(given) else ""
    for command in step.commands:
        text = " ".join(command.words)
        if text.startswith("gh pr checkout"):
            return "gh pr checkout"
        if (
            command.program == "git"
            and _HEAD.search(_through(step, text))
            and not {"fetch", "checkout", "switch", "merge", "pull"}.isdisjoint(command.words)
        ):
            return text[:120]
    return ""


def _through(step: PipelineStep, text: str) -> str:
    """A command's text with the expressions behind its variables."""
    variables = dict(step.environment)
    return " ".join([text, *(variables.get(name, "") for name in _VARIABLE.findall(text))])


def events(triggers: Maybe[tuple[str, ...]], among: frozenset[str]) -> tuple[str, ...]:
    """Those of the events that are among these."""
    return tuple(sorted(among.intersection(triggers.value))) if isinstance(triggers, Known) else ()


def for_forks_never(job: PipelineJob) -> bool:
    """Whether the job's condition looks at where a proposed change comes from."""
    return any(
        word in job.condition for word in ("head.repo.full_name", "head.repo.fork", "head_repository", "author_association")
    )


def secrets_in(step: PipelineStep, text: str) -> tuple[str, ...]:
    """The names of secrets that a text writes out: by expression, by a variable set to one, or by a variable's own name."""
    variables = dict(step.environment)
    found = [
        seen.group() for body in bodies(text) if (seen := _SECRET.search(body)) and any(map(_SECRET.search, operands(body)))
    ]
    found += [
        name
        for name in _VARIABLE.findall(text)
        if _SECRET.search(variables.get(name, "")) or (step.system == GITLAB and names_a_secret(name))
    ]
    return tuple(dict.fromkeys(found))


def printed(step: PipelineStep) -> tuple[str, ...]:
    """The secrets that a step's output shows: printed, and neither given to a command nor written to a file."""
    found: list[str] = []
    for command, after in zip(step.commands, (*step.commands[1:], None), strict=True):
        masks = any("::add-mask::" in word for word in command.words)
        if command.program in _PRINTERS and not masks and not command.outputs and not (after and after.piped):
            found += secrets_in(step, " ".join(command.words[1:]))
    return tuple(dict.fromkeys(found))


def build_arguments(step: PipelineStep) -> Iterator[str]:
    """The values given to a build of an image as arguments, where they show in its history."""
    if step.action in ("docker/build-push-action", "redhat-actions/buildah-build"):
        yield from step.given("build-args").splitlines()
    for command in step.commands:
        if _builds(command):
            for word, after in zip(command.words, (*command.words[1:], ""), strict=True):
                if word == "--build-arg":
                    yield after
                elif word.startswith("--build-arg="):
                    yield word.partition("=")[2]


def _builds(command: ShellCommand) -> bool:
    return command.program in ("docker", "podman", "buildah", "nerdctl", "executor", "buildctl") and (
        command.program == "executor" or not {"build", "bud", "buildx"}.isdisjoint(command.words)
    )


def publishes(step: PipelineStep) -> str:
    """The action or command of a step that sends an image to a registry, or nothing."""
    if step.action == "docker/build-push-action":
        sends = step.given("push") not in ("", "false") or "push=true" in step.given("outputs")
        return step.action if sends else ""
    for command in step.commands:
        words = set(command.words)
        pushed = command.program in ("docker", "podman", "buildah", "nerdctl", "crane", "oras") and not {
            "push",
            "--push",
        }.isdisjoint(words)
        copied = command.program == "skopeo" and command.words[-1].startswith("docker://") and "copy" in words
        if pushed or copied or (command.program == "executor" and command.has("--destination")):
            return " ".join(command.words[:2])
    return ""


def signs(step: PipelineStep) -> bool:
    """Whether a step signs an image or attests how it was made."""
    if step.action.startswith(("actions/attest", "slsa-framework/slsa-github-generator")):
        return True
    return any(
        command.program in ("cosign", "notation", "ringfence", "gh", "podman", "skopeo")
        and (not {"sign", "attest"}.isdisjoint(command.words) or command.has("--sign-by", "--sign-by-sigstore"))
        for command in step.commands
    )
