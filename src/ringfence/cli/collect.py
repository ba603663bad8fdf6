"""Collect facts only, to judge them later or elsewhere with 'ringfence audit --stack'."""

import argparse
import sys

import msgspec

from ringfence.cli.audit import everything
from ringfence.cli.command import Command
from ringfence.cli.files import write_bytes
from ringfence.cli.options import CONFIGURATION
from ringfence.cli.session import Session
from ringfence.engine import collecting

COMMAND = Command(slug="collect", order=62)
PARTIAL = 3
"""Exit status when part of the facts could not be had; the stack says which."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence collect`."""
    parser.add_argument("path", metavar="PATH", nargs="*", help="source trees with their manifests (default: .)")
    parser.add_argument("--output", "-o", metavar="FILE", help="write the stack there instead of to standard output")
    parser.add_argument("--quiet", "-q", action="store_true", default=None, help="no talk on standard error")
    parser.add_argument("--config", metavar="FILE", help=f"configuration file (default: {CONFIGURATION}, if it is there)")


def run(options: argparse.Namespace) -> int:
    """Collects and saves. A stack holds no secret's value but names hosts and files: only its owner may read it."""
    session = Session(options)
    gathered = everything(session, options.path)
    stack = collecting.freeze(gathered, tuple(session.problems), node=session.world.node, at=session.at)
    data = msgspec.json.encode(stack)
    if options.output:
        write_bytes(options.output, data, 0o600)
    else:
        sys.stdout.buffer.write(data + b"\n")
    for problem in stack.problems if not options.quiet else ():
        print(f"ringfence: {problem.where}: {problem.why}", file=sys.stderr)
    return PARTIAL if stack.problems else 0
