"""Harden manifests: missing defaults added, or corrected to keep a Pod Security level; as a diff, or in place.

ringfence harden deploy.yaml                       a diff of the defaults that are missing
ringfence harden -i --level restricted *.yaml      make them keep the level, in the files themselves
helm template CHART | ringfence harden - | kubectl apply -f -

Comments, order and formatting stay: only what changes is written. Without --level nothing that somebody wrote is overruled.
What a default may break is said on standard error, and so is what is left to be done by people.
Exit status: 0 done, 3 something is left.
"""

import argparse
import contextlib
import difflib
import os
import shutil
import sys

from ringfence.cli.command import Command
from ringfence.cli.files import read_bytes
from ringfence.errors import Malformed, UnreadableInput
from ringfence.formats import yaml_lines
from ringfence.formats.pod_security_standard import Level
from ringfence.io import stdin
from ringfence.layers.kubernetes.enforce.manifests import Hardened, harden
from ringfence.report.terminal.words import plain

COMMAND = Command(slug="harden", order=37)
PARTIAL = 3
"""Exit status when something is left that only people can change."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence harden`."""
    add = parser.add_argument
    add("file", metavar="FILE", nargs="+", help="manifest, or - for standard input (the whole text goes to standard output)")
    add("--level", choices=("baseline", "restricted"), help="correct what this Pod Security level forbids too")
    add("--in-place", "-i", action="store_true", help="change the files instead of printing a diff")
    add("--quiet", "-q", action="store_true", help="say nothing on standard error")


def run(options: argparse.Namespace) -> int:
    """Reads, plans, and prints or writes, file by file."""
    level = Level(options.level) if options.level else None
    caveats: dict[str, None] = {}
    left: list[str] = []
    for path in options.file:
        data = stdin.read(yaml_lines.MAX_BYTES) if path == "-" else read_bytes(path, yaml_lines.MAX_BYTES)
        done = _hardened(data, path, level)
        _give(data, path, done, in_place=options.in_place)
        caveats.update((f"{made.field.rpartition('.')[2]}: {made.caveat}", None) for made in done.made if made.caveat)
        left.extend(done.left)
    if not options.quiet:
        for line in (*(f"note: {caveat}" for caveat in caveats), *(f"left: {line}" for line in left)):
            print(f"ringfence: {plain(line)}", file=sys.stderr)
    return PARTIAL if left else 0


def _hardened(data: bytes, path: str, level: Level | None) -> Hardened:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise UnreadableInput("is UTF-16, which is not changed in place", where=path, mend="save it as UTF-8")
    try:
        done = harden(data, path, level)
    except Malformed as fault:
        raise UnreadableInput(fault.wrong, where=path, mend="a manifest is YAML or JSON") from fault
    if not done.made and done.left and not done.objects:
        raise UnreadableInput(done.left[0].removeprefix(f"{path}: "), where=path)
    return done


def _give(data: bytes, path: str, done: Hardened, *, in_place: bool) -> None:
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    if path == "-":
        sys.stdout.write(done.text)
    elif in_place:
        if done.made:
            _write(path, mark + done.text.encode())
    else:
        before = data.removeprefix(mark).decode().splitlines(keepends=True)
        after = done.text.splitlines(keepends=True)
        for line in difflib.unified_diff(before, after, f"a/{path}", f"b/{path}"):
            sys.stdout.write(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")


def _write(path: str, data: bytes) -> None:
    """Written beside and renamed, with the mode it had, so that nobody ever sees half a file."""
    beside = f"{path}.part"
    try:
        with open(beside, "wb") as file:
            file.write(data)
        shutil.copymode(path, beside)
        os.replace(beside, path)
    except OSError as cause:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise UnreadableInput(f"cannot be written: {cause.strerror or cause}", where=path, mend="see its folder") from cause
