"""What an export is made of."""

from dataclasses import dataclass, field
from datetime import datetime

from ringfence.formats.trust_document import (
    BuilderEntry,
    Entry,
    Requirement,
    Rule,
    TrustDocument,
    holds_at,
)


@dataclass(frozen=True, slots=True)
class Exported:
    """Files by their path, and sentences on what the tool cannot express of the document."""

    files: dict[str, bytes]
    lacks: tuple[str, ...] = ()


@dataclass(slots=True)
class Draft:
    """An export in the making."""

    files: dict[str, bytes] = field(default_factory=dict)
    lacks: list[str] = field(default_factory=list)

    def done(self) -> Exported:
        """The export; each sentence once."""
        return Exported(self.files, tuple(dict.fromkeys(self.lacks)))


@dataclass(frozen=True, slots=True)
class Settings:
    """The moment of the export, and where OpenPGP signatures lie (a URL; empty if nowhere)."""

    now: datetime
    lookaside: str = ""


def vouching(document: TrustDocument, rule: Rule, item: Requirement, settings: Settings) -> dict[str, Entry]:
    """The entries that may vouch for a requirement today, by name; those of builders are their signers."""
    words = item.of
    if item.builders:
        builders = (document.entries[name] for name in item.builders)
        words = tuple(dict.fromkeys(name for it in builders if isinstance(it, BuilderEntry) for name in it.signers))
    named = ((name, document.entries[name]) for name in document.named(words))
    return {name: entry for name, entry in named if holds_at(entry, rule.scope, settings.now)}


def unsaid(rule: Rule, item: Requirement, tool: str) -> list[str]:
    """What no tool but Ringfence says of a requirement: sentences for `tool`."""
    found = []
    if item.where:
        found.append(f"{rule.scope}: {tool} does not check that {' and '.join(item.where)}")
    if item.builders:
        found.append(f"{rule.scope}: {tool} does not check the builder {', '.join(item.builders)}")
    if item.stamped:
        found.append(f"{rule.scope}: {tool} does not ask for a time stamp of {', '.join(item.stamped)}")
    return found


def ends(document: TrustDocument, tool: str) -> list[str]:
    """That the tool does not know when entries begin and end, if any do."""
    found = [name for name, entry in document.entries.items() if entry.not_before or entry.not_after]
    return [f"{tool} does not know when entries begin and end ({', '.join(found)}): export again"] if found else []


def slug(scope: str) -> str:
    """A scope as part of a file's or an object's name."""
    kept = "".join(char if char.isalnum() else "-" for char in scope.replace("*", "all").lower())
    return kept.strip("-")[:50] or "all"
