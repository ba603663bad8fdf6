"""Propose the edits that rid an application of vulnerable dependencies: manifests as a diff, with a reason for each line.

  ringfence app fix                a diff of the manifests here, and the commands that renew their lock files
  ringfence app fix app/ --apply   write them, keeping each file as it was beside it
  ringfence app fix app/ --undo    bring those back

Each package goes to the lowest version that mends all of its advisories that have a fix. Lock files are not edited: they
have hashes that only the registry knows. Exit status: 0 nothing is left to be decided, 3 something is, or was not told.
"""

import argparse
import difflib
import os
import sys
from typing import TYPE_CHECKING

from ringfence.cli.command import Command
from ringfence.cli.files import KEPT, keep_and_write
from ringfence.cli.options import CONFIGURATION
from ringfence.cli.session import Session
from ringfence.errors import UnreadableInput
from ringfence.io.rooted import Rooted
from ringfence.io.world import Target
from ringfence.report.terminal.words import plain

if TYPE_CHECKING:
    from ringfence.engine.fixing import Fixes
    from ringfence.model.finding import Problem

COMMAND = Command(slug="app-fix", order=52)
PARTIAL = 3
MAX_BYTES = 16 * 1024 * 1024
"""Bytes of one manifest that is edited."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence app fix`."""
    add = parser.add_argument
    add("path", metavar="PATH", nargs="?", default=".", help="a folder (default: .)")
    add("--apply", action="store_true", help="write the files; each is kept as it was beside itself")
    add("--undo", action="store_true", help="bring back what --apply kept")
    add("--no-major", action="store_true", help="leave upgrades that change the first number of a version")
    add("--no-dev", action="store_true", help="leave what only development needs")
    add("--db", metavar="FILE", help="the advisory store (default: $RINGFENCE_DB, else the user's data folder)")
    add("--quiet", "-q", action="store_true", default=None, help="no talk on standard error")
    add("--config", metavar="FILE", help=f"configuration file (default: {CONFIGURATION}, if it is there)")
    parser.set_defaults(ignore_file=None, output=None, severity=None, fail_on=None, details=None, format=None)


def run(options: argparse.Namespace) -> int:
    """Looks, matches, plans, shows, and on request writes."""
    from ringfence.cli.app import shipped
    from ringfence.engine import vulnerabilities
    from ringfence.engine.fixing import fixes

    if not os.path.isdir(options.path):
        raise UnreadableInput("is no folder", where=options.path, mend="name the folder of the application")
    if options.undo:
        return _undo(options.path)
    session = Session(options)
    gathered = session.gather([Target("tree", options.path)])
    if options.no_dev:
        gathered = shipped(gathered)
    if not gathered:
        session.found_nothing(options.path, "no lock file or manifest of dependencies", "name the folder that has one")
    matched = vulnerabilities.assess(gathered, options.db or "")
    root = Rooted(options.path)
    done = fixes([mend for _, mend in matched.mends], lambda path: _read(root, path), major=not options.no_major)
    for plan in done.plans:
        before = _read(root, plan.path) or ""
        _show(plan.path, before, plan.applied(before))
        if options.apply:
            keep_and_write(root.resolve(plan.path), before, plan.applied(before))
    problems = (*session.problems, *matched.problems)
    if not done.plans:
        print("no manifest has to change" if not problems else "no manifest has to change, by what could be told")
    if not options.quiet:
        _talk(done, problems)
    return PARTIAL if done.left or problems else 0


def _talk(done: "Fixes", problems: "tuple[Problem, ...]") -> None:
    for plan in done.plans:
        for edit in plan.edits:
            _say(f"{plan.path}:{edit.line}: {edit.reason}")
    for folder, command in done.commands:
        _say(f"then run{f' in {folder}' if folder else ''}: {command}")
    for line in done.left:
        _say(f"left: {line}")
    for problem in problems:
        _say(f"not told: {problem.where}: {problem.why}")


def _say(line: str) -> None:
    print(f"ringfence: {plain(line)}", file=sys.stderr)


def _read(root: Rooted, path: str) -> str | None:
    from ringfence.errors import RingfenceError

    try:
        return root.read(path, MAX_BYTES).decode("utf-8")
    except (RingfenceError, UnicodeDecodeError):
        return None


def _show(path: str, before: str, after: str) -> None:
    rows = difflib.unified_diff(before.splitlines(), after.splitlines(), f"a/{path}", f"b/{path}", lineterm="")
    print("\n".join(plain(row) if not row.isprintable() and "\t" not in row else row for row in rows))


def _undo(folder: str) -> int:
    found = [entry.path for entry in Rooted(folder).walk() if entry.is_file and entry.path.endswith(KEPT)]
    if not found:
        raise UnreadableInput("there is nothing to undo", where=folder, mend="it was not written by --apply")
    for path in found:
        os.replace(os.path.join(folder, path), os.path.join(folder, path.removesuffix(KEPT)))
        print(plain(f"{path.removesuffix(KEPT)}: as it was"))
    return 0
