"""Harden what starts a workload: manifests, compose files, quadlets, systemd units, command lines; as a diff or in place.

ringfence harden deploy.yaml                       a diff of the defaults that are missing
ringfence harden -i --level restricted *.yaml      make them keep a Pod Security level, in the files themselves
helm template CHART | ringfence harden - | kubectl apply -f -
ringfence harden deploy.yaml --recording run.json --profile web.json --container web    what was seen to be needed, no more
ringfence harden web.container --recording run.json          a quadlet; so compose.yaml and web.service
ringfence harden Dockerfile                                  what can be changed without a person
ringfence harden --command 'podman run ...' --recording run.json

Comments, order and formatting stay: only what changes is written. Without --level or --recording nothing that somebody wrote
is overruled. What a change may break is said on standard error, and so is what is left to be done by people.
--apply keeps each file as it was beside it; --undo brings that back.
Exit status: 0 done, 3 something is left.
"""

import argparse
import difflib
import os
import sys
from typing import TYPE_CHECKING

from ringfence.cli.command import Command
from ringfence.cli.files import KEPT, keep_and_write
from ringfence.errors import UnreadableInput, WrongUsage

if TYPE_CHECKING:
    from ringfence.engine.hardening import Hardening, Wanted

COMMAND = Command(slug="harden", order=72)
PARTIAL = 3
"""Exit status when something is left that only people can change."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence harden`."""
    add = parser.add_argument
    add("file", metavar="FILE", nargs="*", help="what starts a workload, or - for manifests on standard input")
    add("--command", metavar="LINE", dest="line", help="a 'podman run' or 'docker run' instead of a file")
    add("--level", choices=("baseline", "restricted"), help="correct what this Pod Security level forbids too")
    add("--recording", metavar="FILE", action="append", default=[], help="what the workload was seen to need")
    add("--profile", metavar="FILE", default="", help="a seccomp profile to set (see 'ringfence profile')")
    add(
        "--container",
        "--service",
        metavar="NAME",
        dest="service",
        default="",
        help="whose needs these are, if there are several",
    )
    add("--apply", "--in-place", "-i", action="store_true", help="change the files instead of printing a diff")
    add("--undo", action="store_true", help="bring back what --apply kept")
    add("--quiet", "-q", action="store_true", help="say nothing on standard error")


def run(options: argparse.Namespace) -> int:
    """Reads, plans, and prints or writes, file by file."""
    if bool(options.file) == bool(options.line):
        raise WrongUsage("say what to harden", where="harden", mend="give files, or --command")
    if options.undo:
        return _undo(options.file)
    wanted = _wanted(options)
    if options.line:
        from ringfence.engine.hardening import command

        print(command(options.line, wanted.least))
        return 0
    said: dict[str, None] = {}
    left: list[str] = []
    for path in options.file:
        done = _hardened(path, wanted)
        _give(done, apply=options.apply)
        said.update((line, None) for line in done.said)
        left.extend(done.left)
    if not options.quiet:
        _tell((*said, *(f"left: {line}" for line in left)))
    return PARTIAL if left else 0


def _wanted(options: argparse.Namespace) -> "Wanted":
    from ringfence.cli.files import read_recordings
    from ringfence.engine.hardening import Wanted, least
    from ringfence.formats.pod_security_standard import Level

    recording = read_recordings(options.recording) if options.recording else None
    level = Level(options.level) if options.level else None
    return Wanted(least=least(recording, options.profile), level=level, service=options.service)


def _hardened(path: str, wanted: "Wanted") -> "Hardening":
    from ringfence.cli.files import read_bytes
    from ringfence.engine.hardening import harden
    from ringfence.formats import yaml_lines
    from ringfence.io import stdin

    data = stdin.read(yaml_lines.MAX_BYTES) if path == "-" else read_bytes(path, yaml_lines.MAX_BYTES)
    return harden(path, data, wanted)


def _tell(lines: tuple[str, ...]) -> None:
    from ringfence.report.terminal.words import plain

    for line in lines:
        print(f"ringfence: {plain(line)}", file=sys.stderr)


def _give(done: "Hardening", *, apply: bool) -> None:
    if done.path == "-":
        sys.stdout.write(done.after)
    elif apply:
        if done.after != done.before:
            keep_and_write(done.path, done.before, done.after)
    else:
        before, after = (text.removeprefix("\ufeff").splitlines(keepends=True) for text in (done.before, done.after))
        for line in difflib.unified_diff(before, after, f"a/{done.path}", f"b/{done.path}"):
            sys.stdout.write(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")


def _undo(paths: list[str]) -> int:
    for path in paths:
        try:
            os.replace(path + KEPT, path)
        except OSError as cause:
            raise UnreadableInput("there is nothing to undo", where=path, mend="it was not written by --apply") from cause
    return 0
