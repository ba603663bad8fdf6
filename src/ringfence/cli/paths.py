"""Attack paths and the smallest set of changes that cuts them.

Starts (--from) are kinds: 'exposed' (workloads that can be reached, through the holes of their images), 'containers' (code
runs in any one of them), 'accounts' (a stolen service account), 'images' (a malicious image); or the name of one. Goals
(--to): 'node-root', 'cluster-admin', 'secrets', the name of a host, or secret:NAMESPACE/NAME. Both may be repeated.
"""

import argparse

from ringfence.cli.command import Command
from ringfence.cli.options import effort_table, judging
from ringfence.cli.session import Session
from ringfence.engine import attack
from ringfence.errors import WrongUsage
from ringfence.graph.attack.answer import By
from ringfence.io.world import Target
from ringfence.model import report

COMMAND = Command(slug="paths", order=45)
ORDERS = ("shortest", "likeliest", "cheapest")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence paths`."""
    parser.add_argument("path", metavar="PATH", nargs="*", help="manifests to look at besides this host")
    parser.add_argument("--stack", metavar="FILE", action="append", help="judge facts saved earlier (may be repeated)")
    parser.add_argument("--manifests-only", action="store_true", help="leave this host out: judge the manifests alone")
    parser.add_argument("--from", metavar="START", action="append", dest="begin", help="where attacks begin")
    parser.add_argument("--to", metavar="GOAL", action="append", dest="end", help="where they end")
    parser.add_argument("--by", metavar="ORDER", choices=ORDERS, default="shortest", help=f"{', '.join(ORDERS)}")
    judging(parser)


def run(options: argparse.Namespace) -> int:
    """Collects or takes what was saved, derives the attack graph, publishes."""
    if options.stack and options.path:
        raise WrongUsage("--stack and PATH do not go together", mend="collect the paths into a stack of their own")
    session = Session(options)
    if options.stack:
        gathered = tuple(item for path in options.stack for item in session.thaw(path))
        target = report.Target(kind="stack", ref=" ".join(options.stack))
    elif options.manifests_only:
        gathered = session.gather(Target("manifests", path) for path in options.path)
        target = report.Target(kind="manifests", ref=" ".join(options.path))
    else:
        node = session.world.node
        manifests = [Target("manifests", path) for path in options.path]
        gathered = session.gather([Target("host", node), Target("host-images", node), *manifests])
        target = report.Target(kind="host", ref=node)
    asked = attack.Asked(
        begin=tuple(options.begin or attack.Asked().begin),
        end=tuple(options.end or attack.Asked().end),
        by=By(options.by),
        hours=effort_table(options),
    )
    settings = (session.at, options.db or "")
    return session.publish(attack.assess(gathered, tuple(session.problems), target, settings, asked))
