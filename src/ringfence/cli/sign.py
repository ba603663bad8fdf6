"""Sign an image with a private key.

REF is docker://NAME or oci:DIR[:TAG]. Written twice, so that all can read it: as cosign 1 and 2 and podman do (a tag), and
as the bundle of cosign 3 (a referrer). An encrypted image is signed as it is: encrypt first, then sign. The key's passphrase
is taken from the environment.
"""

import argparse

from ringfence.cli import extras, places
from ringfence.cli.command import Command

COMMAND = Command(slug="sign", order=70)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence sign`."""
    parser.add_argument("ref", metavar="REF", help="the image")
    parser.add_argument(
        "--key", metavar="FILE", required=True, help=f"private key: cosign's or PEM (passphrase: ${places.PASSPHRASE})"
    )
    parser.add_argument(
        "--name", metavar="NAME", default="", help="the repository it is signed for (registry/path; in a registry: its own)"
    )
    parser.add_argument("--recursive", action="store_true", help="of an index, the image of each platform too")


def run(options: argparse.Namespace) -> int:
    """Signs; says the digest."""
    with extras.needs("trust"):
        return _sign(options)


def _sign(options: argparse.Namespace) -> int:
    from ringfence.trust import key_files, signing

    key = key_files.load(options.key, places.passphrase())
    with places.signing(options.ref) as place:
        name = places.signed_name(place, options.name)
        for digest in signing.family(place.repository, place.image.digest, recursive=options.recursive):
            print(signing.sign(place.repository, digest, key, name))
    return 0
