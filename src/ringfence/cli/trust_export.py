"""What `ringfence trust export` writes: the root of trust in the words of other tools."""

import argparse
import os
import sys

from ringfence.cli import places, trust_file
from ringfence.errors import WrongUsage
from ringfence.io import private_file
from ringfence.trust.exporting import (
    containers_policy,
    cosign,
    decryption,
    kyverno,
    notation,
    policy_controller,
)
from ringfence.trust.exporting.exported import Settings

PARTLY = 3
TARGETS = {
    "containers-policy": containers_policy.export,
    "notation": notation.export,
    "kyverno": kyverno.export,
    "policy-controller": policy_controller.export,
    "cosign": cosign.export,
    "containerd": decryption.containerd,
    "cri-o": decryption.crio,
}


def run(options: argparse.Namespace) -> int:
    """Writes the files of each tool; says what it could not. Exit status 3 if anything was left out."""
    wrong = sorted(set(options.to) - set(TARGETS))
    if wrong:
        raise WrongUsage(f"there is no export to {wrong[0]!r}", mend=f"one of {', '.join(TARGETS)}")
    document = trust_file.opened(options.file)
    settings = Settings(now=trust_file.now(), lookaside=options.lookaside)
    lacking = False
    for name in options.to or TARGETS:
        made = TARGETS[name](document, settings)
        for path, data in made.files.items():
            place = os.path.join(options.output, path)
            private_file.write(place, data, 0o755 if path.endswith(".sh") else 0o644)
            print(place)
        for line in made.lacks:
            print(f"ringfence: {name} cannot say: {places.printable(line)}", file=sys.stderr)
            lacking = True
    return PARTLY if lacking else 0
