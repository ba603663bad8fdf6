"""Command lines `podman run` and `docker run` (or `create`), as somebody types or scripts them: one command, one line.

Source: podman-run(1), docker-run(1).
"""

import shlex

from ringfence.errors import Malformed
from ringfence.layers.runtime.enforce.settings import settings
from ringfence.model.least import Least

ENGINES = frozenset({"podman", "docker"})
VERBS = frozenset({"run", "create"})
FLAGS = {
    "no-new-privileges": "--security-opt=no-new-privileges",
    "cap-drop": "--cap-drop={}",
    "cap-add": "--cap-add={}",
    "seccomp": "--security-opt=seccomp={}",
    "read-only": "--read-only",
    "tmpfs": "--tmpfs={}",
}
_TAKEN_BACK = ("--privileged", "--cap-add", "--cap-drop", "--read-only", "--security-opt=seccomp", "--security-opt=no-new")


def harden(line: str, least: Least) -> str:
    """The command with our flags right after the verb, and without those that say otherwise.

    Raises `Malformed` for what is no such command.
    """
    try:
        words = shlex.split(line)
    except ValueError as cause:
        raise Malformed("command line", str(cause)) from cause
    at = next((index for index, word in enumerate(words) if word in VERBS and index), None)
    if at is None or words[0].rpartition("/")[2] not in ENGINES:
        raise Malformed("command line", "it is no 'podman run' or 'docker run'")
    flags = [FLAGS[item.kind].format(value) for item in settings(least) for value in item.values]
    kinds = {item.kind for item in settings(least)}
    rest = _without(words[at + 1 :], kinds)
    return shlex.join([*words[: at + 1], *flags, *(word for word in rest if word not in flags)])


def _without(words: list[str], kinds: set[str]) -> list[str]:
    """The words but those flags that would take back what is set; after the first word that is no flag nothing is ours."""
    kept: list[str] = []
    pending = list(words)
    while pending and pending[0].startswith("-"):
        word = pending.pop(0)
        joined = word
        if word in ("--cap-add", "--cap-drop", "--security-opt") and pending:
            joined = f"{word}={pending.pop(0)}"
        if not any(joined.startswith(flag) and _replaced(flag, kinds) for flag in _TAKEN_BACK):
            kept.append(joined)
            # A flag whose value is the next word takes it along: a word that is no flag, if another flag follows it.
            if "=" not in joined and len(pending) > 1 and not pending[0].startswith("-") and pending[1].startswith("-"):
                kept.append(pending.pop(0))
    return kept + pending


def _replaced(flag: str, kinds: set[str]) -> bool:
    if flag == "--privileged":
        return True
    kind = flag.removeprefix("--security-opt=").removeprefix("--").replace("no-new", "no-new-privileges")
    return kind in kinds or (kind == "cap-add" and "cap-drop" in kinds)
