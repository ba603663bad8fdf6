"""Judge all that is visible from here: kernel, runtimes, local images, manifests, application.

Without PATH the current folder is the application. With --stack, facts saved by 'ringfence collect' are judged instead, and
the world is not touched.
"""

import argparse

from ringfence.cli.command import Command
from ringfence.cli.options import judging
from ringfence.cli.session import Session
from ringfence.engine.storeys import Gathered
from ringfence.errors import WrongUsage
from ringfence.io.world import Target
from ringfence.model import report

COMMAND = Command(slug="audit", order=10)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence audit`."""
    parser.add_argument("path", metavar="PATH", nargs="*", help="source trees with their manifests (default: .)")
    parser.add_argument("--stack", metavar="FILE", action="append", help="judge facts saved earlier (may be repeated)")
    judging(parser)


def run(options: argparse.Namespace) -> int:
    """Collects everything or takes what was saved, judges, publishes."""
    if options.stack and options.path:
        raise WrongUsage("--stack and PATH do not go together", mend="collect the paths into a stack of their own")
    session = Session(options)
    if options.stack:
        gathered = tuple(item for path in options.stack for item in session.thaw(path))
        return session.publish(session.assess(gathered, report.Target(kind="stack", ref=" ".join(options.stack))))
    gathered = everything(session, options.path)
    return session.publish(session.assess(gathered, report.Target(kind="host", ref=session.world.node)))


def everything(session: Session, paths: list[str]) -> tuple[Gathered, ...]:
    """The facts of this host, of the images in its local storage, and of the trees."""
    node = session.world.node
    trees = [Target("tree", path) for path in paths or ["."]]
    return session.gather([Target("host", node), Target("host-images", node), *trees])
