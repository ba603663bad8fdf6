"""Change who can open an encrypted image, without touching a layer.

The key of each layer is opened with --key and wrapped for the new recipients; with --keep those who could open it before
still can. Only the manifest changes, and with it the image's digest: sign it again. Whoever opened it before may have kept
the key: to shut somebody out for good, encrypt anew.
"""

import argparse

from ringfence.cli import extras, layouts
from ringfence.cli.command import Command

COMMAND = Command(slug="rewrap", order=82)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence rewrap`."""
    parser.add_argument("source", metavar="SOURCE", help="the encrypted image: oci:DIR[:TAG] or oci-archive:FILE[:TAG]")
    parser.add_argument("target", metavar="TARGET", help="where it goes: oci:DIR:TAG, may be the same place")
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
    from ringfence.io import oci_layout
    from ringfence.trust import encrypted_image, keys

    source, target = layouts.place(options.source), layouts.place(options.target, to_write=True)
    layout = source.layout()
    rewrapper = encrypted_image.Rewrapper(
        layout,
        oci_layout.writable(target.path),
        keys.private_keys(options.key, layouts.passphrase()),
        keys.recipients(options.recipient),
        keep=options.keep,
    )
    print(rewrapper.copy(encrypted_image.find(layout, source.tag), target.tag).digest)
    return 0
