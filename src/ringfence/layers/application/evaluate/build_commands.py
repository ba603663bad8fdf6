"""What the commands of a build step fetch, install and check. Source: the manual of each program that is named here."""

import re
from collections.abc import Iterator

from ringfence.formats.build_recipe import SHELLS, BuildStep
from ringfence.formats.shell_commands import ShellCommand, commands
from ringfence.model.fact import Fact

FETCHERS = frozenset({"curl", "wget", "wget2", "aria2c", "fetch", "http", "https", "axel"})
INTERPRETERS = SHELLS | {"python", "python3", "perl", "ruby", "node", "php", "pwsh"}
VERIFIERS = frozenset(
    {
        "sha256sum",
        "sha512sum",
        "sha384sum",
        "sha224sum",
        "shasum",
        "b2sum",
        "sha1sum",
        "gpg",
        "gpg2",
        "gpgv",
        "cosign",
        "minisign",
    }
    | {"signify", "slsa-verifier", "rekor-cli", "sq", "sqv"}
)
"""Programs that check what was fetched against a digest or a signature."""

_ADDRESS = re.compile(r"^['\"]?(?:https?|ftp)://", re.IGNORECASE)
_INSTALL = {
    "apt-get": "install",
    "apt": "install",
    "aptitude": "install",
    "apk": "add",
    "yum": "install",
    "dnf": "install",
    "microdnf": "install",
    "tdnf": "install",
    "zypper": "install",
}
_WITH_VALUE = frozenset(
    {"-o", "-t", "-c", "--repository", "-X", "--root", "-p", "--virtual", "--enablerepo", "--disablerepo"}
)


class Install(Fact):
    """Packages of the operating system that a command installs. `options` are its words that begin with a dash."""

    manager: str
    packages: tuple[str, ...]
    options: tuple[str, ...]


def installs(step: BuildStep) -> Iterator[Install]:
    """What the step installs by the system's package managers."""
    for command in step.commands:
        verb = _INSTALL.get(command.program)
        words = _arguments(command)
        if verb and words and words[0] in (verb, "in" if command.program == "zypper" else verb):
            options = tuple(word for word in command.words[1:] if word.startswith("-"))
            yield Install(manager=command.program, packages=tuple(words[1:]), options=options)


def _arguments(command: ShellCommand) -> list[str]:
    """Words that are neither options nor their values; a variable counts as one word."""
    found, after = [], ""
    for word in command.words[1:]:
        if after in _WITH_VALUE:
            after = ""
        elif word.startswith("-"):
            after = word
        else:
            after = ""
            found.append(word)
    return found


def package_name(word: str) -> str:
    """The name in a word that may carry a version or an architecture (`curl=8.1-1`, `curl:amd64`, `musl-dev>1`)."""
    return re.split(r"[=<>~:]", word, maxsplit=1)[0].lower()


def addresses(command: ShellCommand) -> tuple[str, ...]:
    """The addresses among a command's words, without user, password and query."""
    found = []
    for word in command.words[1:]:
        if _ADDRESS.match(word):
            bare = re.sub(r"//[^/@]*@", "//", word.strip("'\""))
            found.append(re.split(r"[?#]", bare, maxsplit=1)[0][:200])
    return tuple(found)


def is_fetch(command: ShellCommand) -> bool:
    """Whether the command brings something from the network."""
    return command.program in FETCHERS


def keeps_file(command: ShellCommand) -> bool:
    """Whether a fetch writes a file (`wget` does unless told otherwise)."""
    if any(path != "/dev/null" for path in command.outputs):
        return True
    if command.program == "curl":
        return command.has("-o", "-O", "--output", "--remote-name", "--remote-name-all", "-J")
    to_screen = any(word in ("-O-", "-qO-", "-nvO-", "--output-document=-") for word in command.words)
    pairs = zip(command.words, command.words[1:], strict=False)
    return not to_screen and not any(first.endswith("O") and second == "-" for first, second in pairs)


def run_unseen(step: BuildStep) -> ShellCommand | None:
    """The fetch whose answer is run at once: piped into an interpreter, or inside `sh -c "$(curl ...)"`."""
    fetch: ShellCommand | None = None
    for command in step.commands:
        if not command.piped:
            fetch = None
        if is_fetch(command):
            fetch = command
        elif command.program in INTERPRETERS and command.piped and fetch is not None and _runs_its_input(command):
            return fetch
        elif command.program in SHELLS | {"eval", "."} and (inner := _inner_fetch(command)):
            return inner
    return None


def _runs_its_input(command: ShellCommand) -> bool:
    """Whether an interpreter reads its program from its input (`sh`, `sh -s -- ARGS`, `python -`)."""
    if command.has("-s") or "-" in command.words[1:]:
        return True
    return not command.arguments and not command.has("-c", "-e", "-m", "-n")


def _inner_fetch(command: ShellCommand) -> ShellCommand | None:
    for word in command.words[1:]:
        if any(mark in word for mark in ("$(", "<(", "`")):
            found = next((item for item in commands(f"x {word}") if is_fetch(item)), None)
            if found:
                return found
    return None


def verifies(step: BuildStep) -> bool:
    """Whether some command of the step checks a digest or a signature."""
    return any(
        command.program in VERIFIERS or (command.program == "openssl" and command.has("dgst", "-verify"))
        for command in step.commands
    ) or any("dgst" in command.words for command in step.commands if command.program == "openssl")


def has_mount(step: BuildStep, kind: str, folder: str) -> bool:
    """Whether a mount of this kind covers the folder."""
    targets = (mount.target.rstrip("/") for mount in step.mounts if mount.kind == kind)
    return any(folder == target or folder.startswith(f"{target}/") for target in targets if target)


_LIBRARIES = {
    "pip": "install",
    "pip3": "install",
    "pipx": "install",
    "npm": "install",
    "yarn": "add",
    "pnpm": "add",
    "gem": "install",
}
_LIBRARIES |= {"go": "install", "cargo": "install", "bun": "add"}
_OTHER_VERBS = {
    "go": frozenset({"get"}),
    "npm": frozenset({"i", "install", "add"}),
    "pnpm": frozenset({"i", "add", "install"}),
    "yarn": frozenset({"add", "global"}),
}
_LIBRARY_OPTIONS = frozenset(
    {"-r", "--requirement", "-c", "--constraint", "-i", "--index-url", "--extra-index-url", "--prefix", "--target", "-t"}
    | {
        "--registry",
        "-f",
        "--find-links",
        "--root",
        "--features",
        "--trusted-host",
        "--progress-bar",
        "--timeout",
        "--cache",
    }
)
_TOOLS = frozenset({"pip", "setuptools", "wheel"})


def open_libraries(command: ShellCommand) -> Iterator[str]:
    """The packages of a language that a command installs by name without a version, its own tools left out.

    Files, folders, addresses and variables are none; with a lock or requirements file the names come from there.
    """
    program, words = command.program, list(command.words[1:])
    if program.startswith("python") and words[:2] == ["-m", "pip"]:
        program, words = "pip", words[2:]
    program = re.sub(r"^(pip)[\d.]+$", r"\1", program)
    verb = _LIBRARIES.get(program)
    if verb is None or not words or words[0] not in {verb, *_OTHER_VERBS.get(program, ())}:
        return
    versioned = {"gem": {"-v", "--version"}, "cargo": {"--version", "--git", "--path", "--vers"}}.get(program, set())
    if any(word.partition("=")[0] in versioned for word in words):
        return
    after = ""
    for word in words[1:]:
        previous, after = after, word
        if word.startswith("-") or previous in _LIBRARY_OPTIONS or word in ("add", *_TOOLS):
            continue
        if not _has_version(program, word):
            yield word.strip("'\"")


def _has_version(program: str, word: str) -> bool:
    if word.startswith((".", "/", "$", "file:", "git+", "http:", "https:", "@$")) or word.endswith(
        (".whl", ".tgz", ".gem", ".tar.gz")
    ):
        return True
    if program in ("npm", "yarn", "pnpm", "bun", "go", "cargo"):
        version = word[1:].partition("@")[2] if word.startswith("@") else word.partition("@")[2]
        return version not in ("", "latest", "next")
    if program == "gem":
        return ":" in word
    return any(mark in word for mark in ("==", "===", " @ ", "@ ", "$"))
