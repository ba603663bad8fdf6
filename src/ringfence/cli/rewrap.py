"""Change who can open an encrypted image, without touching a layer.

The key of each layer is opened with --key and wrapped for the new recipients; with --keep those who could open it before
still can. Only the manifest changes, and with it the image's digest: sign it again. Whoever opened it before may have kept
the key: to shut somebody out for good, encrypt anew.
"""

import argparse

from ringfence.cli import extras, places
from ringfence.cli.command import Command

COMMAND = Command(slug="rewrap", order=86)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence rewrap`."""
    parser.add_argument(
        "source", metavar="SOURCE", help="the encrypted image: docker://NAME, oci:DIR[:TAG] or oci-archive:FILE[:TAG]"
    )
    parser.add_argument(
        "target", metavar="TARGET", help="where it goes: docker://NAME:TAG or oci:DIR:TAG, may be the same place"
    )
    parser.add_argument(
        "--key", metavar="FILE[:CERTIFICATE]", action="append", required=True, help="a private key that opens it now"
    )
    parser.add_argument(
        "--recipient", metavar="SCHEME:FILE", action="append", required=True, help="who shall open it (may be repeated)"
    )
    parser.add_argument("--keep", action="store_true", help="those who can open it now still can")


def run(options: argparse.Namespace) -> int:
    """Wraps the layers' keys anew; says the digest of what it wrote."""
    with extras.needs("trust"):
        return _rewrap(options)


def _rewrap(options: argparse.Namespace) -> int:
    from ringfence.trust import encrypted_image, keys

    opener, recipients = keys.private_keys(options.key, places.passphrase()), keys.recipients(options.recipient)
    with places.reading(options.source) as place, places.writing(options.target) as new:
        rewrapper = encrypted_image.Rewrapper(place.source, new.target, opener, recipients, keep=options.keep)
        print(rewrapper.copy(place.image, new.tag).digest)
    return 0
