"""Verify that an image is signed, or attested to, by keys you trust.

REF is docker://NAME, oci:DIR[:TAG] or oci-archive:FILE[:TAG]. Signatures of cosign (tags, bundles, referrers) and in-toto
attestations count, in every form cosign 1 to 3 write. Exit status 1 if too few of the keys vouch; the reason for each
signature that does not count is told.
"""

import argparse
import sys
from typing import TYPE_CHECKING

from ringfence.cli import extras, places, vouching
from ringfence.cli.command import Command
from ringfence.errors import WrongUsage

if TYPE_CHECKING:
    from ringfence.trust.vouchers import Voucher

COMMAND = Command(slug="verify", order=81)
NOT_VERIFIED = 1


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence verify`."""
    add = parser.add_argument
    add("ref", metavar="REF", help="the image")
    vouching.arguments(parser)
    vouching.statement_arguments(parser)
    vouching.build_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Says who vouches, or why nobody does."""
    with extras.needs("trust"):
        if options.build:
            from ringfence.cli import verify_build

            return verify_build.run(options)
        if options.trust:
            return _by_root(options)
        return _verify(options)


def _by_root(options: argparse.Namespace) -> int:
    from ringfence.cli import trust_file
    from ringfence.trust.faults import Refused

    try:
        return trust_file.verify(options)
    except Refused as refusal:
        print(f"ringfence: {places.printable(refusal.diagnostics())}", file=sys.stderr)
        return NOT_VERIFIED


def _verify(options: argparse.Namespace) -> int:
    from ringfence.trust import verifying, vouchers
    from ringfence.trust.faults import Refused

    try:
        demands = vouching.demands(options)
        with places.reading(options.ref) as place:
            image = verifying.image_of(place.repository, place.image.digest)
            found = (*vouchers.attached(place.repository, image.digest), *_beside(options, place))
        verified = [verifying.judge(image, found, demand) for demand in demands]
    except Refused as refusal:
        print(f"ringfence: {places.printable(refusal.diagnostics())}", file=sys.stderr)
        return NOT_VERIFIED
    print(image.digest)
    for item in (item for one in verified for item in one.vouched):
        print(places.printable(f"  {item.form} by {', '.join(item.keys)} ({item.where})"))
        for note in item.notes:
            print(f"ringfence: {places.printable(note)}", file=sys.stderr)
    for line in dict.fromkeys(line for one in verified for line in one.refused):
        print(f"ringfence: not counted: {places.printable(line)}", file=sys.stderr)
    return 0


def _beside(options: argparse.Namespace, place: places.Place) -> "tuple[Voucher, ...]":
    """The signatures that lie beside the image."""
    from ringfence.trust import beside

    folder = place.folder
    if options.lookaside:
        name = options.identity or place.name
        if not name:
            raise WrongUsage("under a lookaside folder an image is found by its name", mend="add --identity NAME")
        folder = beside.folder(options.lookaside, name, place.image.digest)
    return beside.vouchers(folder) if folder else ()
