"""Wrap and unwrap layers' keys for skopeo, podman, buildah, containerd and CRI-O (ocicrypt's key provider protocol).

The request comes on standard input, the answer goes to standard output; ocicrypt is told of this command by a file named in
OCICRYPT_KEYPROVIDER_CONFIG, which --print-config prints. Keys are wrapped as JWE.
"""

import argparse
import json
import os
import sys

from ringfence.cli import extras, places
from ringfence.cli.command import Command
from ringfence.errors import WrongUsage

COMMAND = Command(slug="keyprovider", order=88)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence keyprovider`."""
    add = parser.add_argument
    add("--recipient", metavar="SCHEME:FILE", action="append", default=[], help="who shall open what is encrypted")
    add("--key", metavar="FILE[:CERTIFICATE]", action="append", default=[], help="private key that opens what was encrypted")
    add("--print-config", metavar="NAME", help="print ocicrypt's configuration, in which this provider is NAME")


def run(options: argparse.Namespace) -> int:
    """Answers one request, or prints the configuration."""
    if options.print_config:
        print(json.dumps(_configuration(options), indent=2))
        return 0
    with extras.needs("trust"):
        return _answer(options)


def _answer(options: argparse.Namespace) -> int:
    from ringfence.formats import decrypt_request, strict_json
    from ringfence.formats.ocicrypt import WrappedKey
    from ringfence.trust import keys

    request = decrypt_request.key_request(sys.stdin.buffer.read(strict_json.MAX_BYTES + 1))
    if request.op == "keywrap":
        wrapped = keys.recipients(options.recipient).wrap(request.data)
        if len(wrapped) != 1:
            raise WrongUsage(f"{len(wrapped)} schemes to wrap for", mend="give recipients of one scheme with --recipient")
        result = wrapped[0].blob
    else:
        opener = keys.private_keys(options.key, places.passphrase())
        result = opener.unwrap(tuple(WrappedKey(scheme=scheme, blob=request.data) for scheme in keys.SCHEMES))
    sys.stdout.buffer.write(decrypt_request.key_answer(request, result))
    return 0


def _configuration(options: argparse.Namespace) -> dict[str, object]:
    words = ["keyprovider"]
    for word in options.recipient:
        scheme, _, path = word.partition(":")
        words += ["--recipient", f"{scheme}:{os.path.abspath(path)}"]
    for word in options.key:
        words += ["--key", ":".join(os.path.abspath(path) for path in word.split(":"))]
    command = {"path": os.path.abspath(sys.argv[0]), "args": words}
    return {"key-providers": {options.print_config: {"cmd": command}}}
