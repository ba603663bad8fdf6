"""Verify that an image is signed, or attested to, by keys you trust.

REF is docker://NAME, oci:DIR[:TAG] or oci-archive:FILE[:TAG]. Signatures of cosign (tags, bundles, referrers) and in-toto
attestations count, in every form cosign 1 to 3 write. Exit status 1 if too few of the keys vouch; the reason for each
signature that does not count is told.
"""

import argparse
import sys

from ringfence.cli import extras, places, vouching
from ringfence.cli.command import Command
from ringfence.errors import WrongUsage

COMMAND = Command(slug="verify", order=71)
NOT_VERIFIED = 1


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence verify`."""
    add = parser.add_argument
    add("ref", metavar="REF", help="the image")
    vouching.arguments(parser)
    add("--attestation", metavar="TYPE", default="", help="want statements of this type (spdx, openvex, ... or a URI)")


def run(options: argparse.Namespace) -> int:
    """Says who vouches, or why nobody does."""
    with extras.needs("trust"):
        return _verify(options)


def _verify(options: argparse.Namespace) -> int:
    from ringfence.formats import in_toto
    from ringfence.trust import beside, verifying
    from ringfence.trust.faults import Refused

    predicate = in_toto.PREDICATES.get(options.attestation, options.attestation)
    try:
        demand = vouching.demand(options, predicate)
        with places.reading(options.ref) as place:
            name = options.identity or place.name
            folder = place.folder
            if options.lookaside:
                if not name:
                    raise WrongUsage("under a lookaside folder an image is found by its name", mend="add --identity NAME")
                folder = beside.folder(options.lookaside, name, place.image.digest)
            also = beside.vouchers(folder) if folder else ()
            found = verifying.verify(place.repository, place.image.digest, demand, also)
    except Refused as refusal:
        print(f"ringfence: {places.printable(refusal.diagnostics())}", file=sys.stderr)
        return NOT_VERIFIED
    print(found.digest)
    for item in found.vouched:
        print(places.printable(f"  {item.form} by {', '.join(item.keys)} ({item.where})"))
        for note in item.notes:
            print(f"ringfence: {places.printable(note)}", file=sys.stderr)
    for line in found.refused:
        print(f"ringfence: not counted: {places.printable(line)}", file=sys.stderr)
    return 0
