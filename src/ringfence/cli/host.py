"""Judge this host: its kernel, runtimes and running containers."""

import argparse

from ringfence.cli.command import Command
from ringfence.cli.options import judging
from ringfence.cli.session import Session
from ringfence.io.world import Target
from ringfence.model import report

COMMAND = Command(slug="host", order=30)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence host`."""
    judging(parser)


def run(options: argparse.Namespace) -> int:
    """Collects, judges, publishes."""
    session = Session(options)
    gathered = session.gather([Target("host", session.world.node)])
    return session.publish(session.assess(gathered, report.Target(kind="host", ref=session.world.node)))
