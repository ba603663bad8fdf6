"""Decrypt the layers of an image.

SOURCE is oci:DIR[:TAG] or oci-archive:FILE[:TAG], TARGET is oci:DIR:TAG. A layer is released only when its HMAC, the digest
that its encrypter meant and the image's own diff_id agree. With --show nothing is decrypted: every layer is listed with
those who can open it.
"""

import argparse

from ringfence.cli import extras, layouts
from ringfence.cli.command import Command
from ringfence.errors import WrongUsage

COMMAND = Command(slug="decrypt", order=81)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence decrypt`."""
    parser.add_argument("source", metavar="SOURCE", help="the encrypted image")
    parser.add_argument("target", metavar="TARGET", nargs="?", help="where the decrypted image goes")
    parser.add_argument(
        "--key",
        metavar="FILE[:CERTIFICATE]",
        action="append",
        default=[],
        help=f"private key: PEM, JWK or OpenPGP; KEY:CERTIFICATE for pkcs7 (passphrase: ${layouts.PASSPHRASE})",
    )
    parser.add_argument("--show", action="store_true", help="only list the layers and for whom they are encrypted")


def run(options: argparse.Namespace) -> int:
    """Decrypts into the target, or lists the layers."""
    with extras.needs("trust"):
        return _decrypt(options)


def _decrypt(options: argparse.Namespace) -> int:
    from ringfence.io import oci_layout
    from ringfence.trust import encrypted_image, keys

    source = layouts.place(options.source)
    layout = source.layout()
    image = encrypted_image.find(layout, source.tag)
    if options.show:
        for number, layer in enumerate(encrypted_image.layers(layout, image)):
            whom = f"encrypted for {', '.join(layer.recipients)}" if layer.encrypted else "not encrypted"
            print(f"{number}  {layer.digest}  {layouts.printable(whom)}")
        return 0
    if options.target is None:
        raise WrongUsage("TARGET is missing", mend="write oci:DIR:TAG, or ask with --show")
    target = layouts.place(options.target, to_write=True)
    opener = keys.private_keys(options.key, layouts.passphrase())
    decrypter = encrypted_image.Decrypter(layout, oci_layout.writable(target.path), opener)
    print(decrypter.copy(image, target.tag).digest)
    return 0
