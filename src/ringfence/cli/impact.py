"""What a CVE of the stack reaches, what stops it, and what to do.

Every container and pod seen gets a verdict (reachable, mitigated, absent, undecided), precondition by precondition. Looks
at this host and the manifests under PATH, or at saved facts with --stack. --kernel judges the same workloads on another
kernel.
"""

import argparse

from ringfence.cli.command import Command
from ringfence.cli.options import judging
from ringfence.cli.session import Session
from ringfence.engine import assessing, impacts
from ringfence.errors import WrongUsage
from ringfence.io.world import Target
from ringfence.model import report

COMMAND = Command(slug="impact", order=40)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence impact`."""
    parser.add_argument("cve", metavar="CVE", nargs="+", help="CVE-YYYY-NNNN, several if you like")
    parser.add_argument(
        "--path", metavar="PATH", action="append", default=[], help="manifests to judge too (may be repeated)"
    )
    parser.add_argument("--stack", metavar="FILE", action="append", help="judge facts saved earlier (may be repeated)")
    parser.add_argument("--kernel", metavar="RELEASE", help="what if the hosts ran this kernel, e.g. 5.10.90")
    judging(parser)


def run(options: argparse.Namespace) -> int:
    """Finds the CVEs first, so that a wrong one is told before the work; then collects, evaluates, publishes."""
    known = impacts.named(options.cve)
    if options.stack and options.path:
        raise WrongUsage("--stack and --path do not go together", mend="collect the paths into a stack of their own")
    session = Session(options)
    if options.stack:
        gathered = tuple(item for path in options.stack for item in session.thaw(path))
        target = report.Target(kind="stack", ref=" ".join(options.stack))
    else:
        gathered = session.gather(
            [Target("host", session.world.node), *(Target("manifests", path) for path in options.path)]
        )
        target = report.Target(kind="host", ref=session.world.node)
    asked = (known, options.kernel or "")
    return session.publish(assessing.answer(gathered, tuple(session.problems), target, session.at, asked))
