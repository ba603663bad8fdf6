"""See and clear what is kept of layers read before.

Each layer's result is kept under its diff id and the version of what read it, so that the next image with the same layer
need not read it again. Nothing of a secret is in it but what a report shows.
"""

import argparse
import os

from ringfence.cli.command import Command
from ringfence.io import result_cache
from ringfence.io.result_cache import ResultCache

COMMAND = Command(slug="cache", order=23)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence cache`."""
    parser.add_argument("action", nargs="?", choices=("show", "clear"), default="show", help="show (default) or clear")


def run(options: argparse.Namespace) -> int:
    """One line about the cache, after clearing it if that was asked."""
    cache = ResultCache(result_cache.default_path(os.environ))
    if options.action == "clear":
        cache.clear()
    held = cache.standing()
    print(f"{held.path}: {held.results:,} results, {held.bytes:,} bytes, {held.file_bytes:,} bytes on disk")
    return 0
