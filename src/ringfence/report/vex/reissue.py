"""A VEX document that takes an earlier one's place: the same id, the next version, and when what was said first.

Whoever holds the earlier one sees by the version that it no longer holds. What did not change keeps its date; where nothing
changed the earlier document stands as it is. Sources: OPENVEX-SPEC.md ("version", "last_updated"); CSAF 2.0, sections
3.2.1.12 and 3.1.11 (tracking, integer versioning); CycloneDX 1.6, `serialNumber` and `version`.
"""

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from ringfence.errors import UnreadableInput, WrongUsage
from ringfence.report.vex.statements import Statement

Kind = TypeVar("Kind")
Document = dict[str, object]
Entries = list[dict[str, object]]
"""Entries of a list in a VEX document."""
_DATED = ("timestamp", "last_updated", "action_statement_timestamp")
MEND = "give one that Ringfence wrote in this format"


class _OpenVex(msgspec.Struct, frozen=True):
    id: str = msgspec.field(name="@id")
    timestamp: str
    version: int
    statements: list[dict[str, object]]


class _Revision(msgspec.Struct, frozen=True):
    date: str
    number: str
    summary: str


class _Tracking(msgspec.Struct, frozen=True):
    id: str
    version: str
    initial_release_date: str
    revision_history: list[_Revision]


class _Head(msgspec.Struct, frozen=True):
    tracking: _Tracking


class _Csaf(msgspec.Struct, frozen=True):
    document: _Head
    product_tree: dict[str, object]
    vulnerabilities: list[dict[str, object]]


class _CycloneDx(msgspec.Struct, frozen=True, rename="camel"):
    serial_number: str
    version: int
    components: list[dict[str, object]]
    vulnerabilities: list[dict[str, object]]


def demand_some(found: tuple[Statement, ...], form: str) -> None:
    """Raises `WrongUsage` where there is nothing to state: OpenVEX and CSAF know no empty document."""
    if not found:
        raise WrongUsage(
            f"the report says nothing of a vulnerability, and {form} must hold a statement",
            mend="ask about a CVE, or about something with workloads or packages",
        )


def openvex(made: Document, before: str) -> Document:
    """The OpenVEX document `made` in place of the one `before` (its text; empty: there was none)."""
    if not before:
        return made
    old = _read(before, _OpenVex, "OpenVEX")
    at = made["timestamp"]
    since = {_undated(item): item.get("timestamp", old.timestamp) for item in old.statements}
    statements: Entries = [{**item, "timestamp": since.get(_undated(item), at)} for item in _entries(made["statements"])]
    kept = {_undated(item) for item in statements} == set(since)
    made |= {"@id": old.id, "statements": statements, "timestamp": old.timestamp, "version": old.version + (not kept)}
    return _whole(before) if kept else made | {"last_updated": at}


def csaf(made: Document, before: str) -> Document:
    """The CSAF document `made` in place of the one `before`."""
    if not before:
        return made
    old = _read(before, _Csaf, "CSAF")
    if (made["product_tree"], made["vulnerabilities"]) == (old.product_tree, old.vulnerabilities):
        return _whole(before)
    then = old.document.tracking
    number = str(int(then.version) + 1 if then.version.isdecimal() else len(then.revision_history) + 1)
    head = made["document"]
    tracking = head["tracking"] if isinstance(head, dict) else {}
    at = tracking["current_release_date"]
    tracking |= {
        "id": then.id,
        "version": number,
        "initial_release_date": then.initial_release_date,
        "revision_history": [
            *({"date": item.date, "number": item.number, "summary": item.summary} for item in then.revision_history),
            {"date": at, "number": number, "summary": _summary(_entries(made["vulnerabilities"]), old.vulnerabilities)},
        ],
    }
    return made


def cyclonedx(made: Document, before: str) -> Document:
    """The CycloneDX document `made` in place of the one `before`."""
    if not before:
        return made
    old = _read(before, _CycloneDx, "CycloneDX")
    if (made["components"], made["vulnerabilities"]) == (old.components, old.vulnerabilities):
        return _whole(before)
    return made | {"serialNumber": old.serial_number, "version": old.version + 1}


def _read(text: str, kind: type[Kind], name: str) -> Kind:
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, RecursionError) as cause:
        raise UnreadableInput(f"is no {name} document to issue again: {cause}", where="--reissue", mend=MEND) from cause


def _whole(text: str) -> Document:
    found: Document = msgspec.json.decode(text)
    return found


def _entries(value: object) -> Entries:
    return value if isinstance(value, list) else []


def _undated(item: dict[str, object]) -> bytes:
    return msgspec.json.encode({key: value for key, value in item.items() if key not in _DATED}, order="deterministic")


def _summary(new: Iterable[dict[str, object]], old: Iterable[dict[str, object]]) -> str:
    """Which vulnerabilities are said other things of."""
    before = {msgspec.json.encode(item, order="deterministic") for item in old}
    names = [item.get("cve", "") for item in new if msgspec.json.encode(item, order="deterministic") not in before]
    told = ", ".join(str(name) for name in names if name)
    return f"Another status or another control: {told}" if told else "Products or vulnerabilities are no longer there"
