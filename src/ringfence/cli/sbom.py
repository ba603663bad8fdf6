"""The bill of materials of an image: every package, in CycloneDX or SPDX.

REF is as for `ringfence image`. Nothing is judged: no advisory store is needed.
"""

import argparse

from ringfence.cli.command import Command
from ringfence.cli.options import judging
from ringfence.cli.session import Session
from ringfence.engine import assessing
from ringfence.io.world import Target
from ringfence.model import report

COMMAND = Command(slug="sbom", order=21)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence sbom`."""
    parser.add_argument("ref", metavar="REF", help="the image")
    parser.add_argument("--platform", metavar="OS/ARCH", help="of an image for several platforms (default: this machine's)")
    parser.add_argument("--no-cache", action="store_true", help="read every layer again, and keep nothing")
    judging(parser)


def run(options: argparse.Namespace) -> int:
    """Reads every layer once, lists, publishes."""
    session = Session(options)
    session.options.format = session.options.format or "cyclonedx"
    gathered = session.gather([Target("image", options.ref, options.platform or "")])
    digest = next((str(getattr(item.facts, "digest", "")) for item in gathered), "")
    target = report.Target(kind="image", ref=options.ref, digest=digest)
    return session.publish(assessing.inventory(gathered, tuple(session.problems), target, session.at))
