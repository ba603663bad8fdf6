"""Bring the advisory store up to date, say what it has, or ask it about one id or package.

ringfence db update                     from each publisher's own address
ringfence db update --from DIR_OR_URL   from a mirror, or a copy of osv.dev's bucket (a folder, a URL or one .zip)
ringfence db update --feed redhat-vex   one feed by name ('ringfence db feeds' lists them)
ringfence db status                     what the store has, how old it is, what it lacks
ringfence db lookup CVE-2024-21626      what it knows under an id or alias
ringfence db lookup pkg:pypi/jinja2@2.11.2
ringfence db lookup cpe:2.3:a:haxx:curl:8.3.0   what NVD says of a product, if the store has the feed nvd
ringfence db mirror DIR                 what an update would read, as files, for a site without a network
ringfence db export FILE                the store as one file; 'ringfence db import FILE' takes it elsewhere
"""

import argparse
import sys

import msgspec

from ringfence.cli.command import Command
from ringfence.cli.options import CONFIGURATION, configured
from ringfence.cli.progress import Progress
from ringfence.engine import advising
from ringfence.engine.index import plugins
from ringfence.errors import WrongUsage
from ringfence.io import clock
from ringfence.model.finding import Problem
from ringfence.report.terminal import advisory_store as words
from ringfence.report.terminal.words import plain

COMMAND = Command(slug="db", order=90)
PARTIAL = 3
"""Exit status when part of what was asked for could not be had or told."""
NOTHING = 1
"""Exit status of a lookup that found no record."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence db`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    update = actions.add_parser("update", help="fetch advisories; what cannot be had is said and the old kept")
    mirror = actions.add_parser("mirror", help="copy what an update would read into a folder")
    mirror.add_argument("folder", metavar="DIR")
    names = ", ".join(item.slug for item in plugins("FEED"))
    for action in (update, mirror):
        add = action.add_argument
        add("--from", dest="origin", metavar="DIR_OR_URL", help="a mirror, or a copy of one feed: folder, URL or file")
        add("--feed", metavar="SLUG", action="append", default=[], help=f"a feed by name: {names}; may be repeated")
        add("--ecosystem", metavar="NAME", action="append", default=[], help="of osv only this (PyPI); may be repeated")
    update.add_argument(
        "--force",
        action="store_true",
        help="read a source whole, and take it though it lost half of its records or grew old",
    )
    status = actions.add_parser("status", help="what the store has, how old it is, what it lacks")
    lookup = actions.add_parser("lookup", help="the records with an id or alias, or about a package")
    lookup.add_argument("asked", metavar="CVE|PURL|CPE")
    feeds = actions.add_parser("feeds", help="every feed, where it is from, and its licence")
    export = actions.add_parser("export", help="write the store as one file")
    take = actions.add_parser("import", help="make an exported file the store")
    for action in (export, take):
        action.add_argument("file", metavar="FILE")
    for action in (status, lookup, feeds):
        action.add_argument("--format", choices=("table", "json"), default="table")
    for action in (update, mirror, status, lookup, feeds, export, take):
        action.add_argument("--db", metavar="FILE", help="the store (default: $RINGFENCE_DB, else the user's data folder)")
        action.add_argument("--offline", action="store_true", default=None, help="never use the network")
        action.add_argument("--quiet", "-q", action="store_true", default=None, help="no talk on standard error")
        action.add_argument(
            "--config", metavar="FILE", help=f"configuration file (default: {CONFIGURATION}, if it is there)"
        )


def run(options: argparse.Namespace) -> int:
    """Does one of them."""
    chosen = configured(options)
    chosen.db = chosen.db or ""
    doing = {
        "update": _update,
        "mirror": _mirror,
        "status": _status,
        "lookup": _lookup,
        "feeds": _feeds,
        "export": _export,
        "import": _import,
    }
    return doing[chosen.action](chosen)


def _order(options: argparse.Namespace) -> advising.Order:
    if options.offline and "://" in (options.origin or "://"):
        raise WrongUsage("--offline and an update from the network do not go together", mend="name a folder with --from")
    return advising.Order(
        db=options.db,
        origin=options.origin or "",
        feeds=tuple(options.feed),
        ecosystems=tuple(options.ecosystem),
        force=bool(getattr(options, "force", False)),
    )


def _update(options: argparse.Namespace) -> int:
    progress = Progress(quiet=bool(options.quiet))
    try:
        done = advising.update(_order(options), clock.now(), progress)
    finally:
        progress("")
    for line in words.updated(done):
        print(line)
    missing = [Problem(where=name, why="the source has no advisories of it") for name in done.missing]
    problems = (*done.problems, *(missing if options.ecosystem else ()))
    for problem in problems:
        print(f"ringfence: {words.problem(problem)}", file=sys.stderr)
    if missing and not options.ecosystem and not options.quiet:
        print(f"ringfence: the source has nothing of {', '.join(done.missing)}", file=sys.stderr)
    return PARTIAL if problems else 0


def _mirror(options: argparse.Namespace) -> int:
    progress = Progress(quiet=bool(options.quiet))
    try:
        had, problems = advising.mirror(options.folder, _order(options), clock.now(), progress)
    finally:
        progress("")
    for slug in had:
        print(slug)
    for problem in problems:
        print(f"ringfence: {words.problem(problem)}", file=sys.stderr)
    if not had and not problems:
        print("ringfence: no feed had anything to copy", file=sys.stderr)
    return 0 if had and not problems else PARTIAL


def _export(options: argparse.Namespace) -> int:
    size = advising.export(options.db, options.file)
    print(f"{plain(options.file)}: {size:,} bytes")
    return 0


def _import(options: argparse.Namespace) -> int:
    found = advising.take(options.db, options.file)
    print(f"{plain(found.path)}: {sum(item.records for item in found.sources):,} records")
    return 0


def _feeds(options: argparse.Namespace) -> int:
    found = advising.feeds()
    if options.format == "json":
        _print_json(found)
        return 0
    rows = [(item.slug, "usual" if item.usual else "", item.licence, item.url) for item in found]
    for line in words.table([("FEED", "", "LICENCE", "FROM"), *rows]):
        print(line)
    return 0


def _status(options: argparse.Namespace) -> int:
    found = advising.holdings(options.db)
    if options.format == "json":
        _print_json(found)
        return 0
    print(plain(found.path))
    for line in words.sources(found.sources, clock.now()):
        print(line)
    if found.holes:
        print(f"Nothing of {', '.join(found.holes)}: packages of these are reported as not assessed.")
    if found.unfetched:
        print(f"Never fetched: {', '.join(found.unfetched)} ('ringfence db feeds' says what from where).")
    return 0


def _lookup(options: argparse.Namespace) -> int:
    found = advising.lookup(options.db, options.asked)
    told = found.matching
    open_ = told is not None and bool(told.unmatched or told.not_assessed)
    if options.format == "json":
        _print_json(found)
    else:
        for line in words.matching(told) if told else ():
            print(line)
        for item in found.records if told is None else ():
            print("\n".join(words.record(item)))
        for line in words.known(found.rating, found.kernel):
            print(line)
    if not (found.records or found.rating or found.kernel) and not open_ and not options.quiet:
        print(f"ringfence: the store has no record about {plain(options.asked)}", file=sys.stderr)
    if open_:
        return PARTIAL
    return 0 if found.records or found.rating or found.kernel else NOTHING


def _print_json(value: object) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")
