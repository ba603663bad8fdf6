"""Judge one image: packages, secrets in every layer, configuration, base.

REF is docker://NAME (a registry), docker-archive:FILE, oci-archive:FILE, oci:DIR, containers-storage:NAME,
docker-daemon:NAME, containerd:NAME, dir:ROOTFS, a path (its kind is detected), `-` (an archive on standard input) or a name:
the local stores first (Podman's, Docker's, containerd's), then the registry.
"""

import argparse

from ringfence.cli.command import Command
from ringfence.cli.options import judging
from ringfence.cli.session import Session
from ringfence.io.world import Target
from ringfence.model import report
from ringfence.model.knowledge import Known

COMMAND = Command(slug="image", order=20)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence image`."""
    parser.add_argument("ref", metavar="REF", help="the image")
    parser.add_argument("--platform", metavar="OS/ARCH", help="of an image for several platforms (default: this machine's)")
    parser.add_argument("--no-cache", action="store_true", help="read every layer again, and keep nothing")
    parser.add_argument(
        "--recording", metavar="FILE", action="append", help="tell what a recorded run never opened; may be repeated"
    )
    judging(parser)


def run(options: argparse.Namespace) -> int:
    """Reads every layer once, judges, publishes."""
    session = Session(options)
    gathered = session.gather([Target("image", options.ref, options.platform or "")])
    digest = next((str(getattr(item.facts, "digest", "")) for item in gathered), "")
    bases = (getattr(item.facts, "base", None) for item in gathered)
    base = next((str(getattr(found.value, "name", "")) for found in bases if isinstance(found, Known)), "")
    target = report.Target(kind="image", ref=options.ref, digest=digest, base=base)
    return session.publish(session.assess(gathered, target))
