"""Judge an application's source tree: what it depends on and how."""

import argparse

from ringfence.cli.command import Command
from ringfence.cli.options import judging
from ringfence.cli.session import Session
from ringfence.io.world import Target
from ringfence.model import report

COMMAND = Command(slug="app", order=37)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence app`."""
    parser.add_argument("path", metavar="PATH", nargs="?", default=".", help="a folder, or one lock file (default: .)")
    judging(parser)


def run(options: argparse.Namespace) -> int:
    """Reads lock files and manifests, matches them with advisories, judges, publishes."""
    session = Session(options)
    gathered = session.gather([Target("tree", options.path)])
    if not gathered:
        session.found_nothing(options.path, "no lock file or manifest of dependencies", "name the folder that has one")
    return session.publish(session.assess(gathered, report.Target(kind="tree", ref=options.path)))
