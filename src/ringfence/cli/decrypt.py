"""Decrypt the layers of an image.

SOURCE is docker://NAME, oci:DIR[:TAG] or oci-archive:FILE[:TAG]; TARGET is docker://NAME:TAG or oci:DIR:TAG. A layer is
released only when its HMAC, the digest that its encrypter meant and the image's own diff_id agree. With --show nothing is
decrypted: every layer is listed with those who can open it.
"""

import argparse
import sys

from ringfence.cli import extras, places
from ringfence.cli.command import Command
from ringfence.errors import WrongUsage

COMMAND = Command(slug="decrypt", order=85)
UNSIGNED = (
    "ringfence: WARNING: nobody signed this image. Encryption authenticates nothing: whoever has the public key can have "
    "made it. Have it signed, and verify it before it is opened: ringfence verify"
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence decrypt`."""
    parser.add_argument("source", metavar="SOURCE", help="the encrypted image")
    parser.add_argument("target", metavar="TARGET", nargs="?", help="where the decrypted image goes")
    parser.add_argument(
        "--key",
        metavar="FILE[:CERTIFICATE]",
        action="append",
        default=[],
        help=f"private key: PEM, JWK or OpenPGP; KEY:CERTIFICATE for pkcs7 (passphrase: ${places.PASSPHRASE})",
    )
    parser.add_argument("--quiet", "-q", action="store_true", help="no talk on standard error")
    parser.add_argument("--show", action="store_true", help="only list the layers and for whom they are encrypted")


def run(options: argparse.Namespace) -> int:
    """Decrypts into the target, or lists the layers."""
    with extras.needs("trust"):
        return _decrypt(options)


def _decrypt(options: argparse.Namespace) -> int:
    from ringfence.trust import encrypted_image, keys, vouchers

    with places.reading(options.source) as place:
        if options.show:
            for number, layer in enumerate(encrypted_image.layers(place.source, place.image)):
                whom = f"encrypted for {', '.join(layer.recipients)}" if layer.encrypted else "not encrypted"
                print(f"{number}  {layer.digest}  {places.printable(whom)}")
            return 0
        if options.target is None:
            raise WrongUsage("TARGET is missing", mend="write docker://NAME:TAG or oci:DIR:TAG, or ask with --show")
        opener = keys.private_keys(options.key, places.passphrase())
        if next(vouchers.attached(place.repository, place.image.digest), None) is None and not options.quiet:
            print(UNSIGNED, file=sys.stderr)
        with places.writing(options.target) as new:
            decrypter = encrypted_image.Decrypter(place.source, new.target, opener)
            print(decrypter.copy(place.image, new.tag).digest)
    return 0
