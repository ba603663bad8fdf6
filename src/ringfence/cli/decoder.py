"""Decrypt layers for containerd as its stream processor.

containerd gives the encrypted layer on standard input, what is known of it on file descriptor 3, and takes the plain tar
from standard output. --print-config prints the lines for /etc/containerd/config.toml: processors for gzip, zstd and
plain layers, in place of containerd's own.

A layer that containerd has unpacked once is not decrypted again: whoever may start containers on that node can then run the
image without a key.
"""

import argparse
import os
import sys

from ringfence.cli import extras, places
from ringfence.cli.command import Command
from ringfence.errors import Unavailable

COMMAND = Command(slug="decoder", order=87)
PAYLOAD_DESCRIPTOR = 3
"""Where containerd puts the payload (containerd, core/diff/stream_unix.go)."""
CHUNK = 1024 * 1024


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence decoder`."""
    parser.add_argument(
        "--key",
        metavar="FILE[:CERTIFICATE]",
        action="append",
        required=True,
        help=f"private key that may open layers (passphrase: ${places.PASSPHRASE})",
    )
    parser.add_argument("--print-config", action="store_true", help="print containerd's configuration for this command")


def run(options: argparse.Namespace) -> int:
    """Decrypts one layer, or prints the configuration."""
    if options.print_config:
        print(_configuration(options.key), end="")
        return 0
    with extras.needs("trust"):
        return _decode(options)


def _decode(options: argparse.Namespace) -> int:
    from ringfence.formats import decrypt_request, protobuf_any
    from ringfence.trust import keys, stream_processor

    try:
        with os.fdopen(PAYLOAD_DESCRIPTOR, "rb") as file:
            payload = file.read(protobuf_any.MAX_BYTES + 1)
    except OSError as cause:
        raise Unavailable(
            "file descriptor 3 has no payload", mend="containerd runs this command; see 'ringfence decoder --print-config'"
        ) from cause
    opener = keys.private_keys(options.key, places.passphrase())
    stored = iter(lambda: sys.stdin.buffer.read(CHUNK), b"")
    stream_processor.release(decrypt_request.layer_of(payload), stored, opener, sys.stdout.buffer.write)
    return 0


def _configuration(words: list[str]) -> str:
    """What goes into containerd's configuration, with absolute paths."""
    from ringfence.trust.containerd_configuration import stream_processors

    absolute = (":".join(os.path.abspath(path) for path in word.split(":")) for word in words)
    args = tuple(word for key in absolute for word in ("--key", key))
    return stream_processors(os.path.abspath(sys.argv[0]), ("decoder", *args))
