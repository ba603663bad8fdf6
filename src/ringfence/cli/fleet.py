"""Keep the stacks of many nodes and clusters in one file, for 'impact' and 'paths' to answer from with --state.

ringfence fleet take FILE ...           saved stacks ('ringfence collect'), each in place of the last of its node
ringfence fleet take --cluster prod *   of a cluster: its nodes, namespaces and accounts are told apart from others'
ringfence fleet status                  the stacks that are kept: when they were collected, what they lack
ringfence fleet forget NAME ...         what is no longer there
"""

import argparse
import os
import sys

import msgspec

from ringfence.cli.command import Command
from ringfence.cli.session import MAX_STACK_BYTES
from ringfence.fleet import store
from ringfence.fleet.answering import opened
from ringfence.io import clock
from ringfence.io.named_file import read as read_file
from ringfence.report.terminal.advisory_store import table
from ringfence.report.terminal.words import plain

COMMAND = Command(slug="fleet", order=63)
PARTIAL = 3
"""Exit status when part of what was asked for could not be done."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence fleet`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    take = actions.add_parser("take", help="take saved stacks, each in place of the last of its node")
    take.add_argument("file", metavar="FILE", nargs="+")
    take.add_argument("--cluster", metavar="NAME", default="", help="the cluster that they are of")
    take.add_argument("--name", metavar="NAME", default="", help="what to keep it under (default: the node's name)")
    status = actions.add_parser("status", help="the stacks that are kept")
    status.add_argument("--format", choices=("table", "json"), default="table")
    forget = actions.add_parser("forget", help="forget stacks by name")
    forget.add_argument("name", metavar="NAME", nargs="+")
    for action in (take, status, forget):
        action.add_argument(
            "--state", metavar="FILE", help="the file (default: $RINGFENCE_STATE, else the user's data folder)"
        )
        action.add_argument("--quiet", "-q", action="store_true", help="no talk on standard error")


def run(options: argparse.Namespace) -> int:
    """Does one of them."""
    doing = {"take": _take, "status": _status, "forget": _forget}
    return doing[options.action](options, options.state or store.default_path(os.environ))


def _take(options: argparse.Namespace, path: str) -> int:
    for file in options.file:
        data = read_file(file, MAX_STACK_BYTES)
        taken = store.take(path, data, file, clock.now(), cluster=options.cluster, name=options.name)
        told = f"{taken.added} new, {taken.changed} changed, {taken.gone} gone, {taken.same} as before"
        print(f"{plain(taken.name)}: {told}")
    return 0


def _status(options: argparse.Namespace, path: str) -> int:
    with opened(path) as fleet:
        stacks = fleet.stacks()
    if options.format == "json":
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(stacks), indent=2).decode() + "\n")
        return 0
    rows = [(item.name, item.collected, f"{item.sections}", f"{len(item.problems) or ''}") for item in stacks]
    for line in table([("STACK", "COLLECTED", "SECTIONS", "LACKS"), *rows]):
        print(line)
    return 0


def _forget(options: argparse.Namespace, path: str) -> int:
    there = store.forget(path, options.name)
    for name in (name for name in options.name if name not in there):
        print(f"ringfence: {plain(name)}: no stack of this name is kept", file=sys.stderr)
    return 0 if len(there) == len(options.name) else PARTIAL
