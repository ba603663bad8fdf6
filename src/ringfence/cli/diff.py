"""What two images differ in: packages, configuration, layers and findings.

A and B are as for `ringfence image`. With --fail-on a finding this bad that only B has makes the exit status 1.
"""

import argparse
import sys

from ringfence.cli.command import Command
from ringfence.cli.options import judging
from ringfence.cli.session import Session
from ringfence.engine import comparing
from ringfence.engine.comparing import Image
from ringfence.errors import WrongUsage
from ringfence.io.world import Target
from ringfence.model import report
from ringfence.model.difference import Difference
from ringfence.model.finding import Severity
from ringfence.policy import gate
from ringfence.report import difference
from ringfence.report.style import Style

COMMAND = Command(slug="diff", order=22)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence diff`."""
    parser.add_argument("before", metavar="A", help="the image as it was")
    parser.add_argument("after", metavar="B", help="the image as it is")
    parser.add_argument("--platform", metavar="OS/ARCH", help="of images for several platforms (default: this machine's)")
    parser.add_argument("--no-cache", action="store_true", help="read every layer again, and keep nothing")
    judging(parser)


def run(options: argparse.Namespace) -> int:
    """Reads both, judges both, compares."""
    session = Session(options)
    form = session.options.format or "table"
    if form not in ("table", "json"):
        raise WrongUsage(f"a difference has no form {form!r}", mend="give table or json")
    found = comparing.compare(_image(session, options.before), _image(session, options.after))
    text = (
        difference.json(found) if form == "json" else difference.table(found, Style(details=bool(session.options.details)))
    )
    sys.stdout.write(text)
    return _status(found, session.options.fail_on or "")


def _image(session: Session, ref: str) -> Image:
    gathered = session.gather([Target("image", ref, session.options.platform or "")])
    return gathered, session.assess(gathered, report.Target(kind="image", ref=ref))


def _status(found: Difference, fail_on: str) -> int:
    if not gate.passes(found.findings_appeared, Severity(fail_on) if fail_on else None):
        return gate.GATE_FAILED
    return gate.PARTIAL if found.problems else gate.PASSED
