"""Judge this host: its kernel, runtimes and running containers.

With --processes it shows instead how each running container is confined, as 'ringfence explain-confinement' does for one.
--target-kernel judges the containers as if this host ran another kernel, and says what their capabilities and system calls
mean there.
"""

import argparse
import sys

from ringfence.cli.command import Command
from ringfence.cli.explain_confinement import explained, pages
from ringfence.cli.options import judging, target_kernel
from ringfence.cli.session import Session
from ringfence.engine.explaining import Wish
from ringfence.io.world import Target
from ringfence.model import report

COMMAND = Command(slug="host", order=30)
PARTIAL = 3
"""Exit status when part of the host could not be read."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence host`."""
    parser.add_argument("--processes", action="store_true", help="show how the containers here are confined, judge nothing")
    target_kernel(parser)
    judging(parser)


def run(options: argparse.Namespace) -> int:
    """Collects, judges, publishes."""
    session = Session(options)
    gathered = session.gather([Target("host", session.world.node)])
    if options.processes:
        print(pages(explained(gathered, Wish(kernel=session.target_kernel()))) or "no container runs here")
        for problem in session.problems if not session.options.quiet else ():
            print(f"ringfence: {problem.where}: {problem.why}", file=sys.stderr)
        return PARTIAL if session.problems else 0
    return session.publish(session.assess(gathered, report.Target(kind="host", ref=session.world.node)))
