"""Encrypt the layers of an image, so that only named recipients can run it.

SOURCE is docker://NAME, oci:DIR[:TAG] or oci-archive:FILE[:TAG]; TARGET is docker://NAME:TAG or oci:DIR:TAG. What is written
opens with skopeo, podman, buildah, containerd and CRI-O (ocicrypt). Encryption keeps others from reading an image; it proves
nothing of who made it: anyone can encrypt anything to a public key, so sign the encrypted image.
"""

import argparse
import sys

from ringfence.cli import extras, places
from ringfence.cli.command import Command

COMMAND = Command(slug="encrypt", order=84)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence encrypt`."""
    parser.add_argument("source", metavar="SOURCE", help="the image")
    parser.add_argument("target", metavar="TARGET", help="where the encrypted image goes")
    parser.add_argument(
        "--recipient",
        metavar="SCHEME:FILE",
        action="append",
        required=True,
        help="jwe:PUBLIC.pem, pkcs7:CERTIFICATE.pem or pgp:CERTIFICATE.pgp (may be repeated)",
    )
    parser.add_argument(
        "--layer",
        metavar="N",
        type=int,
        action="append",
        default=[],
        help="only this layer: 0 is the base, -1 the top (may be repeated; default: all)",
    )
    parser.add_argument("--quiet", "-q", action="store_true", help="no talk on standard error")


def run(options: argparse.Namespace) -> int:
    """Encrypts into the target; says the digest of what it wrote."""
    with extras.needs("trust"):
        return _encrypt(options)


def _encrypt(options: argparse.Namespace) -> int:
    from ringfence.trust import encrypted_image, keys

    recipients = keys.recipients(options.recipient)
    with places.reading(options.source) as place, places.writing(options.target) as new:
        encrypter = encrypted_image.Encrypter(place.source, new.target, recipients, options.layer)
        print(encrypter.copy(place.image, new.tag).digest)
    if not options.quiet:
        print("ringfence: encryption proves nothing of who made this image: sign it", file=sys.stderr)
    return 0
