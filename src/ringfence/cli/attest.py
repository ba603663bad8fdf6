"""State something about an image, signed: its bill of materials, how it was built, what does not affect it.

REF is docker://NAME or oci:DIR[:TAG]. PREDICATE is a JSON file; --type says what it states (slsaprovenance, spdx, cyclonedx,
vuln, openvex, vsa or a URI). Written as cosign 1 and 2 do (a tag) and as the bundle of cosign 3 (a referrer).
"""

import argparse

from ringfence.cli import extras, places
from ringfence.cli.command import Command

COMMAND = Command(slug="attest", order=82)
MAX_PREDICATE_BYTES = 64 * 1024 * 1024
"""Bytes of a predicate: bills of materials are the largest."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence attest`."""
    add = parser.add_argument
    add("ref", metavar="REF", help="the image")
    add("--predicate", metavar="FILE", required=True, help="what is stated, JSON")
    add("--type", metavar="TYPE", required=True, help="what kind of statement it is")
    add("--key", metavar="FILE", required=True, help=f"private key: cosign's or PEM (passphrase: ${places.PASSPHRASE})")
    add("--name", metavar="NAME", default="", help="the repository it is stated for (registry/path; in a registry: its own)")


def run(options: argparse.Namespace) -> int:
    """Attests; says the digest of the image."""
    with extras.needs("trust"):
        return _attest(options)


def _attest(options: argparse.Namespace) -> int:
    from ringfence.formats import in_toto, strict_json
    from ringfence.io import named_file
    from ringfence.trust import key_files, signing

    data = named_file.read(options.predicate, MAX_PREDICATE_BYTES)
    predicate = strict_json.decode(data, object, f"predicate {options.predicate}", MAX_PREDICATE_BYTES)
    key = key_files.load(options.key, places.passphrase())
    kind = in_toto.PREDICATES.get(options.type, options.type)
    with places.signing(options.ref) as place:
        name = places.signed_name(place, options.name)
        print(signing.attest(place.repository, place.image.digest, key, name, kind, predicate))
    return 0
