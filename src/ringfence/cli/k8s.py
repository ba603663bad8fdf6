"""Judge Kubernetes manifests: files, folders, or - for standard input."""

import argparse

from ringfence.cli.command import Command
from ringfence.cli.options import judging
from ringfence.cli.session import Session
from ringfence.io.world import Target
from ringfence.model import report

COMMAND = Command(slug="k8s", order=35)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence k8s`."""
    parser.add_argument("path", metavar="PATH", nargs="+", help="manifest, folder of manifests, or -")
    judging(parser)


def run(options: argparse.Namespace) -> int:
    """Reads, resolves every pod, judges, publishes."""
    session = Session(options)
    gathered = session.gather(Target("manifests", path) for path in options.path)
    return session.publish(session.assess(gathered, report.Target(kind="manifests", ref=" ".join(options.path))))
