"""Attack paths and the smallest set of changes that cuts them.

Starts (--from) are kinds: 'exposed' (workloads that can be reached, through the holes of their images), 'containers' (code
runs in any one of them), 'accounts' (a stolen service account), 'images' (a malicious image), 'registries', 'builds' and
'signers' (what images come from is lost), 'host-accounts' (a user of a host); or the name of one. Goals
(--to): 'node-root', 'cluster-admin', 'secrets', the name of a host, or secret:NAMESPACE/NAME. Both may be repeated.
"""

import argparse

from ringfence.cli.command import Command
from ringfence.cli.options import effort_table, judging, one_source, state
from ringfence.cli.session import Session
from ringfence.engine import attack
from ringfence.fleet.answering import OF_PATHS, opened
from ringfence.graph.attack.answer import By
from ringfence.io.world import Target
from ringfence.model import report
from ringfence.model.finding import Storey

COMMAND = Command(slug="paths", order=61)
ORDERS = ("shortest", "likeliest", "cheapest")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence paths`."""
    parser.add_argument("path", metavar="PATH", nargs="*", help="manifests to look at besides this host")
    parser.add_argument("--stack", metavar="FILE", action="append", help="judge facts saved earlier (may be repeated)")
    state(parser)
    parser.add_argument("--manifests-only", action="store_true", help="leave this host out: judge the manifests alone")
    parser.add_argument("--from", metavar="START", action="append", dest="begin", help="where attacks begin")
    parser.add_argument("--to", metavar="GOAL", action="append", dest="end", help="where they end")
    parser.add_argument("--by", metavar="ORDER", choices=ORDERS, default="shortest", help=f"{', '.join(ORDERS)}")
    judging(parser)


def run(options: argparse.Namespace) -> int:
    """Collects or takes what was saved, derives the attack graph, publishes."""
    one_source(options)
    session = Session(options)
    asked = attack.Asked(
        begin=tuple(options.begin or attack.Asked().begin),
        end=tuple(options.end or attack.Asked().end),
        by=By(options.by),
        hours=effort_table(options),
    )
    settings = (session.at, options.db or "")
    if options.state:
        return session.publish(_of_fleet(session, settings, asked))
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
    return session.publish(attack.assess(gathered, tuple(session.problems), target, settings, asked))


def _of_fleet(session: Session, settings: tuple[str, str], asked: attack.Asked) -> report.Report:
    """The answer from the fleet's file."""
    with opened(session.options.state) as fleet:
        problems = (*session.problems, *fleet.problems())
        target = report.Target(kind="stack", ref=session.options.state)
        images = fleet.gathered((Storey.IMAGE,))
        found = attack.assess_of(fleet.graph(OF_PATHS), images, problems, target, settings, asked)
        fleet.keep()
        session.say(f"{fleet.answers.asked:,} judgements made, {fleet.answers.known:,} known from earlier runs")
    return found
