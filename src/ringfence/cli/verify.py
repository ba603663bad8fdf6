"""Verify that an image is signed, or attested to, by keys you trust.

REF is docker://NAME, oci:DIR[:TAG] or oci-archive:FILE[:TAG]. Signatures of cosign (tags, bundles, referrers) and in-toto
attestations count, in every form cosign 1 to 3 write. Exit status 1 if too few of the keys vouch; the reason for each
signature that does not count is told.
"""

import argparse
import sys

from ringfence.cli import extras, places
from ringfence.cli.command import Command
from ringfence.errors import WrongUsage

COMMAND = Command(slug="verify", order=71)
NOT_VERIFIED = 1


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence verify`."""
    add = parser.add_argument
    add("ref", metavar="REF", help="the image")
    add("--key", metavar="FILE", action="append", required=True, help="public key that may vouch (may be repeated)")
    add("--at-least", metavar="N", type=int, default=1, help="how many of the keys must vouch (default: 1)")
    add("--identity", metavar="NAME", default="", help="the repository that signatures must name (registry/path)")
    add("--attestation", metavar="TYPE", default="", help="want statements of this type (spdx, openvex, ... or a URI)")


def run(options: argparse.Namespace) -> int:
    """Says who vouches, or why nobody does."""
    with extras.needs("trust"):
        return _verify(options)


def _verify(options: argparse.Namespace) -> int:
    from ringfence.formats import in_toto
    from ringfence.trust import public_keys, verifying
    from ringfence.trust.faults import Refused

    keys = tuple(public_keys.load(path) for path in options.key)
    if not 1 <= options.at_least <= len(keys):
        raise WrongUsage(f"--at-least {options.at_least} of {len(keys)} keys", mend="give as many keys, or ask for fewer")
    predicate = in_toto.PREDICATES.get(options.attestation, options.attestation)
    demand = verifying.Demand(keys, options.at_least, options.identity, predicate)
    try:
        with places.reading(options.ref) as place:
            found = verifying.verify(place.repository, place.image.digest, demand)
    except Refused as refusal:
        print(f"ringfence: {places.printable(refusal.diagnostics())}", file=sys.stderr)
        return NOT_VERIFIED
    print(found.digest)
    for item in found.vouched:
        print(places.printable(f"  {item.form} by {', '.join(item.keys)} ({item.where})"))
    for line in found.refused:
        print(f"ringfence: not counted: {places.printable(line)}", file=sys.stderr)
    return 0
