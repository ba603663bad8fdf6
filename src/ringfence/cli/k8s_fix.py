"""Harden manifests in place: the same as `ringfence harden --apply`."""

import argparse

from ringfence.cli import harden
from ringfence.cli.command import Command

COMMAND = Command(slug="k8s-fix", order=42)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Those of `ringfence harden`."""
    harden.arguments(parser)
    parser.set_defaults(apply=True)


def run(options: argparse.Namespace) -> int:
    """What `ringfence harden` does."""
    return harden.run(options)
