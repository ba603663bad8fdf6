"""List the checks, or explain one.

With a slug it prints the check's page: what is wrong, why it matters, when it is legitimate, and what to do.
"""

import argparse
import json
import shutil
import sys
import textwrap

from ringfence.cli.command import Command
from ringfence.engine.index import Plugin, documentation, plugin, plugins
from ringfence.errors import WrongUsage

COMMAND = Command(slug="checks", order=91)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence checks`."""
    parser.add_argument("slug", nargs="?", metavar="SLUG", help="explain this check")
    parser.add_argument("--layer", help="only those of one layer: kernel, image, runtime, kubernetes, application")
    parser.add_argument("--format", choices=("table", "json"), default="table")


def run(options: argparse.Namespace) -> int:
    """Prints the list or the page; `WrongUsage` for a slug or layer there is none of."""
    if options.slug:
        found = plugin("CHECK", options.slug)
        if found is None:
            raise WrongUsage(f"there is no check {options.slug!r}", mend="'ringfence checks' lists them")
        print(_as_json([found]) if options.format == "json" else _page(found))
        return 0
    listed = plugins("CHECK", options.layer or "")
    if not listed:
        raise WrongUsage(f"there is no layer {options.layer!r} with checks", mend="'ringfence checks' lists them")
    print(_as_json(list(listed)) if options.format == "json" else _listing(listed))
    return 0


def _as_json(found: list[Plugin]) -> str:
    return json.dumps(
        [{"slug": item.slug, "layer": item.storey, "title": item.title, **item.fields} for item in found], indent=2
    )


def _listing(found: tuple[Plugin, ...]) -> str:
    width = shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 120
    column = max(len(item.slug) for item in found) + 2
    lines: list[str] = []
    storey = ""
    for item in sorted(found, key=lambda item: (item.storey, item.slug)):
        if item.storey != storey:
            storey = item.storey
            lines += ["", storey] if lines else [storey]
        severity = str(item.fields["severity"])
        lines.append(f"  {item.slug:<{column}}{severity:<10}{item.title}"[:width])
    return "\n".join(lines)


def _page(found: Plugin) -> str:
    remedy = textwrap.fill(f"Remedy: {found.fields['remedy']}", 100)
    references = found.fields["references"]
    listed = [f"  {item}" for item in references] if isinstance(references, (list, tuple)) else []
    head = f"{found.slug}  ({found.storey}, {found.fields['severity']}, since {found.fields.get('since', '0.1')})"
    return "\n".join([head, "", documentation(found), "", remedy, "", "References:", *listed])
