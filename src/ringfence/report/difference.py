"""Two images' difference, for people and for programs."""

from collections.abc import Iterator

import msgspec

from ringfence.model.difference import Difference
from ringfence.model.finding import Finding
from ringfence.report.json import complete
from ringfence.report.style import Style
from ringfence.report.terminal.words import plain

MANY = 40
"""Lines of one part that are shown without `--details`."""


def json(found: Difference) -> str:
    """One JSON document with every field."""
    return msgspec.json.format(msgspec.json.encode(complete(found)), indent=2).decode() + "\n"


def table(found: Difference, style: Style) -> str:
    """Lines with `+` for what came, `-` for what went, `~` for what changed."""
    layers = f"{found.layers_shared} layers shared, {found.layers_removed} gone, {found.layers_added} new"
    lines = [f"from {plain(found.before)}", f"  to {plain(found.after)}", layers]
    parts = (
        ("packages", list(_packages(found))),
        (
            "configuration",
            [f"~ {item.name}: {item.before or 'unset'} -> {item.after or 'unset'}" for item in found.settings],
        ),
        ("findings", list(_findings(found))),
        ("not told", [f"? {item.where}: {item.why}" for item in found.problems]),
    )
    for title, entries in parts:
        lines += ["", f"{title}: {len(entries) or 'no difference'}"]
        shown = entries if style.details else entries[:MANY]
        lines += [f"  {plain(entry)}" for entry in shown]
        if len(shown) < len(entries):
            lines.append(f"  ... and {len(entries) - len(shown)} more (--details)")
    return "\n".join(lines) + "\n"


def _packages(found: Difference) -> Iterator[str]:
    yield from (f"+ {item.purl}" for item in found.packages_added)
    yield from (f"- {item.purl}" for item in found.packages_removed)
    for item in found.packages_changed:
        yield f"~ {item.kind} {', '.join(item.before)} -> {', '.join(item.after)}"


def _findings(found: Difference) -> Iterator[str]:
    yield from (f"+ {_line(item)}" for item in found.findings_appeared)
    yield from (f"- {_line(item)}" for item in found.findings_gone)


def _line(item: Finding) -> str:
    return f"{item.severity.value} {item.rule}: {item.description or item.title}"
