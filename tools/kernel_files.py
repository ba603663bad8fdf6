"""Writes `knowledge/kernel_files.txt`: under which build options each source file of the kernel is compiled.

    python tools/kernel_files.py 6.1=linux-source-6.1.tar.xz 6.12=linux-source-6.12.tar.xz

The sources are Debian's packages linux-source-VERSION (`apt-get download`, `dpkg -x`). Only Makefiles and the names of
files are read. What is written is a *necessary* condition: where a Makefile computes what it builds, the condition is that
of its folder, or none. So a file may be called built that is not, never the other way round.
"""

import re
import sys
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

TARGET = Path(__file__).parents[1] / "src" / "ringfence" / "knowledge" / "kernel_files.txt"

ROOTS = {
    **dict.fromkeys(
        ("init", "usr", "kernel", "certs", "mm", "fs", "ipc", "security", "crypto", "lib", "drivers", "virt"), ""
    ),
    "arch/x86": "",
    "arch/arm64": "",
    "sound": "SOUND",
    "net": "NET",
    "block": "BLOCK",
    "io_uring": "IO_URING",
}
"""The folders the build begins in, with their option (`Kbuild` and `Makefile` at the top of the tree)."""

BY_HAND = {
    "drivers/gpu/drm/amd": "DRM_AMDGPU",
    "drivers/gpu/drm/i915": "DRM_I915",
    "drivers/gpu/drm/nouveau": "DRM_NOUVEAU",
    "drivers/gpu/drm/radeon": "DRM_RADEON",
    "drivers/gpu/drm/xe": "DRM_XE",
    "fs/xfs": "XFS_FS",
    "fs/ntfs3": "NTFS3_FS",
    "fs/bcachefs": "BCACHEFS_FS",
}
"""Folders whose Makefile computes its lists, or includes those of others, with the one option all of it hangs on."""

MOVED = {
    "fs/cifs": ("CIFS", "cifs", "fs/smb/client"),
    "fs/ksmbd": ("SMB_SERVER", "ksmbd", "fs/smb/server"),
}
"""Folders records still name that moved before the versions read: their one option, module, and where their files went."""
OLD_FILES = {"fs/io_uring.c": ("IO_URING", "io_uring"), "fs/io-wq.c": ("IO_URING", "io_uring")}
"""Single files of that kind (io_uring had its own folder from Linux 6.0 on)."""

MOST_WAYS = 100
"""Conditions under which one folder is entered; drivers/usb/host has the most."""
BUILT_IN = "!"
"""In place of a module's name: never in a module."""

ASSIGNMENT = re.compile(r"^([\w./-]+(?:\$\([^()]*(?:\([^()]*\))?[^()]*\))*[\w./-]*)\s*(?:\+=|:=|\?=|=)\s*(.*)$")
OPTION = re.compile(r"\$\((?:subst m,y,)?\$?\(?CONFIG_(\w+)(?::m=y)?\)+")
GUARD = re.compile(r"^(?:else\s+)?(?:ifdef\s+CONFIG_(\w+)|ifeq\s*\(\$\(CONFIG_(\w+)\),\s*[ym]\s*\))\s*$")


class Rule(NamedTuple):
    """A file's condition: `options` all set (the first says built-in or module), and the module it goes into."""

    options: tuple[str, ...]
    module: str


class Line(NamedTuple):
    """`kind-$(CONFIG_X) += words`, with the options of the `if`s around it; none where more was written than we read.

    `built_in` is true where even an option set to `m` builds the words into the kernel (`obj-y`, `$(subst m,y,...)`).
    """

    kind: str
    options: tuple[str, ...]
    words: tuple[str, ...]
    built_in: bool


def lines(text: str) -> Iterator[Line]:
    """Every assignment of a Makefile. An `else` branch counts as unconditional, what cannot be read as built."""
    around: list[tuple[str, ...]] = []
    for raw in text.replace("\\\n", " ").splitlines():
        line = raw.split("#", 1)[0].strip()
        if line.startswith(("ifeq", "ifneq", "ifdef", "ifndef")):
            around.append(_guard(line))
        elif line.startswith("else") and around:
            around[-1] = _guard(line)
        elif line.startswith("endif") and around:
            around.pop()
        elif found := ASSIGNMENT.match(line):
            name, words = found.groups()
            options = tuple(OPTION.findall(name))
            kind = OPTION.sub("", name)
            if "$" in kind:
                kind, options = re.sub(r"\$\(.*?\)+", "", kind), ()
            outer = tuple(option for group in around for option in group)
            built_in = not options or "subst m,y" in name or ":m=y" in name
            yield Line(kind, options + outer, tuple(words.split()), built_in)


def _guard(line: str) -> tuple[str, ...]:
    found = GUARD.match(line)
    return (found[1] or found[2],) if found else ()


class Tree:
    """One version's Makefiles and source files, walked from the roots."""

    def __init__(self, makefiles: dict[str, str], sources: set[str]) -> None:
        self.makefiles = makefiles
        self.sources = sources
        self.rules: dict[str, set[Rule]] = {}
        self.entered: dict[str, set[tuple[str, ...]]] = {}

    def walk(self) -> dict[str, set[Rule]]:
        """The rules of every source file."""
        for root, option in ROOTS.items():
            self._enter(root, (option,) if option else ())
        for path in self.sources - self.rules.keys():
            self.rules[path] = {Rule(options, "") for options in self._fallback(path)}
        for old, (option, module, new) in MOVED.items():
            for path in [path for path in self.rules if path.startswith(f"{new}/")]:
                self.rules[old + path.removeprefix(new)] = {Rule((option,), module)}
        for path, (option, module) in OLD_FILES.items():
            self.rules[path] = {Rule((option,), module)}
        return {path: _weakest(found) for path, found in self.rules.items()}

    def _enter(self, folder: str, options: tuple[str, ...]) -> None:
        if options in self.entered.setdefault(folder, set()):
            return
        if len(self.entered[folder]) >= MOST_WAYS:
            raise SystemExit(f"{folder} is entered in more than {MOST_WAYS} ways: put it into BY_HAND")
        self.entered[folder].add(options)
        text = self.makefiles.get(f"{folder}/Kbuild") or self.makefiles.get(f"{folder}/Makefile")
        if text is None:
            return
        found = list(lines(text))
        parts: dict[str, list[Line]] = {}
        for line in found:
            name, dash, rest = line.kind.rpartition("-")
            if dash and rest in ("y", "m", "objs", "") and name not in ("obj", "lib"):
                parts.setdefault(name, []).append(line)
        for line in found:
            if line.kind in ("obj-", "obj-y", "obj-m", "lib-", "lib-y"):
                for word in line.words:
                    self._object(folder, line._replace(options=line.options + options), word, parts)

    def _object(self, folder: str, line: Line, word: str, parts: dict[str, list[Line]]) -> None:
        options = line.options
        if word.endswith("/"):
            self._enter(_joined(folder, word[:-1]), options)
        elif word.endswith(".o"):
            name = word[:-2]
            module = BUILT_IN if line.built_in else name.rpartition("/")[2].replace("-", "_")
            members = list(_members(name, parts))
            if name not in parts or f"{_joined(folder, name)}.c" in self.sources:
                self._file(folder, name, Rule(_distinct(options), module))
            for needed, part in members:
                self._file(folder, part[:-2], Rule(_distinct(options + needed), module))

    def _file(self, folder: str, name: str, rule: Rule) -> None:
        path = f"{_joined(folder, name)}.c"
        if path in self.sources:
            self.rules.setdefault(path, set()).add(rule)

    def _fallback(self, path: str) -> set[tuple[str, ...]]:
        """The condition of the nearest folder that is entered, with the one written by hand for those that compute."""
        hand = tuple(option for folder, option in BY_HAND.items() if path.startswith(f"{folder}/"))
        folder = path.rpartition("/")[0]
        while folder and folder not in self.entered:
            folder = folder.rpartition("/")[0]
        return {_distinct(hand + options) for options in self.entered.get(folder, {()})}


def _weakest(rules: set[Rule]) -> set[Rule]:
    """Without the rules that ask for all that another one of the same module asks for, and more."""
    return {
        rule
        for rule in rules
        if not any(
            other.module == rule.module
            and (set(other.options) < set(rule.options) or (set(other.options) == set(rule.options) and other < rule))
            for other in rules
        )
    }


def _members(name: str, parts: dict[str, list[Line]], depth: int = 0) -> Iterator[tuple[tuple[str, ...], str]]:
    """The objects a composite is made of, with their own options; `$(other-y)` is what another one is made of."""
    for line in parts.get(name, ()) if depth < 4 else ():
        for word in line.words:
            if word.endswith(".o"):
                yield line.options, word
            elif found := re.fullmatch(r"\$\(([\w-]+)-(?:y|objs)\)", word):
                yield from ((line.options + needed, part) for needed, part in _members(found[1], parts, depth + 1))


def _joined(folder: str, name: str) -> str:
    words: list[str] = []
    for word in f"{folder}/{name}".split("/"):
        if word == "..":
            words = words[:-1]
        elif word not in ("", "."):
            words.append(word)
    return "/".join(words)


def _distinct(options: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(options))


def read(archive: str) -> Tree:
    """The Makefiles and the names of C files in a source archive."""
    makefiles: dict[str, str] = {}
    sources: set[str] = set()
    with tarfile.open(archive, "r|*") as tar:
        for member in tar:
            path = member.name.partition("/")[2]
            if path.endswith(".c") and path.partition("/")[0] not in ("tools", "scripts", "samples", "Documentation"):
                sources.add(path)
            elif path.rpartition("/")[2] in ("Makefile", "Kbuild") and (file := tar.extractfile(member)):
                makefiles[path] = file.read().decode("utf-8", "replace")
    return Tree(makefiles, sources)


def write(trees: dict[str, dict[str, set[Rule]]]) -> str:
    """The table: `VERSIONS OPTIONS MODULE FOLDER FILE...`, parted by tabs, options without `CONFIG_`, files without `.c`.

    The module `=` is the file's own name.
    """
    groups: dict[tuple[str, str, str, str], list[str]] = {}
    for path in sorted({path for rules in trees.values() for path in rules}):
        folder, _, name = path.rpartition("/")
        for rule in sorted({rule for rules in trees.values() for rule in rules.get(path, ())}):
            versions = ",".join(version for version, rules in trees.items() if rule in rules.get(path, ()))
            module = "=" if rule.module == name[:-2].replace("-", "_") else rule.module
            groups.setdefault((versions, "&".join(rule.options), module, folder), []).append(name[:-2])
    head = f"# Made by tools/kernel_files.py of Debian's linux-source packages.\nversions\t{','.join(trees)}\n"
    return head + "".join("\t".join((*key, " ".join(names))) + "\n" for key, names in sorted(groups.items()))


def main() -> None:
    """Reads the archives named, writes the table, says what was found."""
    trees = {version: read(path).walk() for version, path in (word.split("=", 1) for word in sys.argv[1:])}
    TARGET.write_text(write(trees), encoding="utf-8")
    for version, rules in trees.items():
        bare = sum(any(not rule.options for rule in found) for found in rules.values())
        sys.stdout.write(f"{version}: {len(rules):,} files, {bare:,} without a condition\n")


if __name__ == "__main__":
    main()
