"""Sign an image with a private key.

REF is oci:DIR[:TAG]. Written twice, so that all can read it: as cosign 1 and 2 and podman do (a tag), and as the bundle of
cosign 3 (a referrer). An encrypted image is signed as it is: encrypt first, then sign. The key's passphrase is taken from
the environment.
"""

import argparse

from ringfence.cli import extras, layouts
from ringfence.cli.command import Command

COMMAND = Command(slug="sign", order=70)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence sign`."""
    parser.add_argument("ref", metavar="REF", help="the image")
    parser.add_argument(
        "--key", metavar="FILE", required=True, help=f"private key: cosign's or PEM (passphrase: ${layouts.PASSPHRASE})"
    )
    parser.add_argument("--name", metavar="NAME", required=True, help="the repository it is signed for (registry/path)")


def run(options: argparse.Namespace) -> int:
    """Signs; says the digest."""
    with extras.needs("trust"):
        return _sign(options)


def _sign(options: argparse.Namespace) -> int:
    from ringfence.io import oci_layout
    from ringfence.trust import encrypted_image, key_files, signing
    from ringfence.trust.repository import LayoutRepository

    place = layouts.place(options.ref, to_sign=True)
    layout = place.layout()
    key = key_files.load(options.key, layouts.passphrase())
    image = encrypted_image.find(layout, place.tag)
    repository = LayoutRepository(layout, oci_layout.writable(place.path))
    print(signing.sign(repository, image.digest, key, options.name))
    return 0
