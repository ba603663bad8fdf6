"""Say why a package is in an application: who asks for it, and by which way it comes in.

ringfence app why lodash                 every version of it in the lock files of this folder
ringfence app why pkg:pypi/jinja2 app/   by its package URL, in another folder
ringfence app why lodash@4.17.15 .       one version of it

The shortest way into each version is told, and one through each other package that needs it; behind each name stands the
range it is asked for with. Exit status: 0 it is there, 1 it is not, 3 not as far as can be told.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from typing import NamedTuple

from ringfence.cli.command import Command
from ringfence.cli.options import CONFIGURATION
from ringfence.cli.session import Session
from ringfence.engine.storeys import Gathered
from ringfence.io.world import Target
from ringfence.layers.application.evaluate.chains import Chain, Ways
from ringfence.layers.application.evaluate.locking import asking
from ringfence.layers.application.facts import Declaration, Facts, Manifest
from ringfence.model.knowledge import Known
from ringfence.report.terminal.words import plain

COMMAND = Command(slug="app-why", order=51)
ABSENT, UNTOLD = 1, 3
"""Exit statuses of a package that is not there, and of one that is not there as far as can be told."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence app why`."""
    add = parser.add_argument
    add("package", metavar="PACKAGE", help="its name, NAME@VERSION, or its package URL")
    add("path", metavar="PATH", nargs="?", default=".", help="a folder, or one lock file (default: .)")
    add("--format", choices=("table", "json"), default="table")
    add("--quiet", "-q", action="store_true", default=None, help="no talk on standard error")
    add("--config", metavar="FILE", help=f"configuration file (default: {CONFIGURATION}, if it is there)")
    parser.set_defaults(ignore_file=None, output=None, db=None, severity=None, fail_on=None, details=None)


class _Found(NamedTuple):
    """A package in a lock file, with the ways in; `told` says whether anybody's wishes are known there."""

    manifest: str
    name: str
    version: str
    line: int | None
    direct: bool | None
    dev: bool
    chains: tuple[Chain, ...]


def run(options: argparse.Namespace) -> int:
    """Reads, looks, prints."""
    session = Session(options)
    gathered = session.gather([Target("tree", options.path)])
    name, version = _asked(options.package)
    found = tuple(_found(gathered, name, version))
    for problem in session.problems if not options.quiet else ():
        print(f"ringfence: {plain(f'{problem.where}: {problem.why}')}", file=sys.stderr)
    if options.format == "json":
        print(json.dumps([_as_json(item) for item in found], indent=2))
    else:
        for item in found:
            _print(item)
        if not found:
            print(plain(f"{options.package} is in no lock file or manifest of {options.path}"))
    return 0 if found else UNTOLD if session.problems else ABSENT


def _asked(text: str) -> tuple[str, str]:
    """Name and version (empty: any) of what the user asks about."""
    if text.startswith("pkg:"):
        from ringfence.advisories.names import of_purl
        from ringfence.formats import purl

        parsed = purl.parse(text)
        return of_purl(parsed)[1], parsed.version
    name, _, version = text[1:].partition("@")
    return text[0] + name, version


def _found(gathered: tuple[Gathered, ...], name: str, version: str) -> Iterator[_Found]:
    facts = [item.facts for item in gathered if isinstance(item.facts, Facts)]
    declarations: list[Declaration] = [item for fact in facts for item in fact.declarations]
    for fact in facts:
        for manifest in fact.manifests:
            yield from _in_manifest(manifest, asking(manifest, declarations), name, version)


def _in_manifest(manifest: Manifest, projects: list[Declaration], name: str, version: str) -> Iterator[_Found]:
    ways = Ways(manifest, projects)
    for item in ways.named(name):
        if version and item.specifier.lstrip("=") not in (version, f"v{version}"):
            continue
        yield _Found(
            manifest=manifest.path,
            name=item.name,
            version=item.specifier.lstrip("="),
            line=item.at.line,
            direct=item.direct.value if isinstance(item.direct, Known) else None,
            dev=item.dev,
            chains=ways.chains(item),
        )


def _print(item: _Found) -> None:
    kind = {True: "direct", False: "transitive", None: "direct or transitive: not told"}[item.direct]
    place = f"{item.manifest}:{item.line}" if item.line else item.manifest
    print(plain(f"{item.name} {item.version} at {place} ({kind}{', development only' if item.dev else ''})"))
    for chain in item.chains:
        links = " > ".join(
            f"{link} [{asked}]" if asked else link for link, asked in zip(chain.links, chain.asked, strict=True)
        )
        print("  " + plain(f"{chain.project or '?'} > {links}{' (development)' if chain.dev else ''}"))
    if not item.chains and item.direct is not True:
        print("  this file does not say who asks for it")


def _as_json(item: _Found) -> dict[str, object]:
    return {
        "name": item.name,
        "version": item.version,
        "path": item.manifest,
        "line": item.line,
        "direct": item.direct,
        "dev": item.dev,
        "ways": [
            {
                "project": chain.project,
                "dev": chain.dev,
                "links": [{"package": link, "asked": asked} for link, asked in zip(chain.links, chain.asked, strict=True)],
            }
            for chain in item.chains
        ],
    }
