"""Give a container no more than it needs: the file or command that starts it, changed, as a diff or in place.

  ringfence harden run web.container --recording run.json --profile web.json     a quadlet
  ringfence harden run compose.yaml --service web --recording run.json           a service of a compose file
  ringfence harden run --command 'podman run ...' --recording run.json           a command line

Nothing is written without --apply, which keeps the file as it was beside it; --undo brings that back.
"""

import argparse
import os
import sys

from ringfence.cli.command import Command
from ringfence.errors import UnreadableInput, WrongUsage

COMMAND = Command(slug="harden-run", order=54)
KEPT = ".before-ringfence"
MAX_BYTES = 16 * 1024 * 1024


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence harden run`."""
    add = parser.add_argument
    add("file", metavar="FILE", nargs="?", help="a quadlet or a compose file")
    add("--command", metavar="LINE", dest="line", help="a 'podman run' or 'docker run' instead of a file")
    add("--recording", metavar="FILE", action="append", default=[], help="what the workload was seen to need")
    add("--profile", metavar="FILE", default="", help="a seccomp profile to set (see 'ringfence profile')")
    add("--service", metavar="NAME", default="", help="the service of a compose file")
    add("--apply", action="store_true", help="write the file")
    add("--undo", action="store_true", help="bring back what --apply kept")


def run(options: argparse.Namespace) -> int:
    """Plans, shows, and on request writes."""
    from ringfence.cli.files import read_bytes, read_recordings
    from ringfence.engine import hardening

    if bool(options.file) == bool(options.line):
        raise WrongUsage("say what to harden", where="harden run", mend="give one file, or --command")
    if options.undo and options.file:
        return _undo(options.file)
    wanted = hardening.least(read_recordings(options.recording) if options.recording else None, options.profile)
    if options.line:
        print(hardening.command(options.line, wanted))
        return 0
    data = read_bytes(options.file, MAX_BYTES)
    plan = hardening.plan(options.file, data, wanted, options.service)
    after = plan.applied(data.decode())
    _show(options.file, data.decode(), after)
    for edit in plan.edits:
        print(f"line {edit.line}: {edit.reason}", file=sys.stderr)
        if edit.may_break:
            print(f"  may break: {edit.may_break}; how to see it: {edit.see}", file=sys.stderr)
    if options.apply and plan.edits:
        _apply(options.file, data, after)
    return 0


def _show(path: str, before: str, after: str) -> None:
    import difflib

    rows = difflib.unified_diff(before.splitlines(), after.splitlines(), path, path, lineterm="")
    print("\n".join(rows) or "nothing to change")


def _apply(path: str, before: bytes, after: str) -> None:
    """Keeps the file beside itself, then puts the new one in its place, with its mode."""
    from ringfence.cli.files import write_bytes

    if not os.path.exists(path + KEPT):
        write_bytes(path + KEPT, before)
    mode = os.stat(path).st_mode & 0o7777
    write_bytes(path, after.encode())
    os.chmod(path, mode)


def _undo(path: str) -> int:
    try:
        os.replace(path + KEPT, path)
    except OSError as cause:
        raise UnreadableInput("there is nothing to undo", where=path, mend="it was not written by --apply") from cause
    return 0
