"""Make the keys that images are signed with.

'ringfence trust key PREFIX' makes PREFIX.key (ECDSA P-256, encrypted with the passphrase in the environment, as cosign
reads it) and PREFIX.pub.
"""

import argparse

from ringfence.cli import extras, places
from ringfence.cli.command import Command
from ringfence.errors import WrongUsage

COMMAND = Command(slug="trust", order=73)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence trust`."""
    words = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    key = words.add_parser("key", help="make a key pair")
    key.add_argument("prefix", metavar="PREFIX", help="where the pair goes: PREFIX.key and PREFIX.pub")


def run(options: argparse.Namespace) -> int:
    """Makes a key pair; says its files."""
    with extras.needs("trust"):
        from ringfence.trust import key_files

    secret = places.passphrase()
    if secret is None:
        raise WrongUsage("there is no passphrase for the new key", mend=f"set {places.PASSPHRASE} (empty for none)")
    for path in key_files.generate(options.prefix, secret):
        print(path)
    return 0
