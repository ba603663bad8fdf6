"""Kubernetes' official CVE feed, whose version ranges are prose, and those ranges read out of it.

Source: kubernetes.io/docs/reference/issues-security/official-cve-feed (JSON Feed 1.1); the text of an item is that of the
security committee's issue, whose template has the headings "Affected Versions" and "Fixed Versions" over a list.
"""

import re
from collections.abc import Iterator

import msgspec

from ringfence.errors import Malformed
from ringfence.model.fact import Fact

MAX_TEXT = 200_000
"""Characters of one item's text that are read; the longest are some thousand."""


class FeedItem(msgspec.Struct, frozen=True):
    """One CVE."""

    id: str
    summary: str = ""
    content_text: str = ""
    url: str = ""
    external_url: str = ""
    date_published: str = ""
    status: str | None = None


class _Feed(msgspec.Struct, frozen=True):
    items: tuple[FeedItem, ...]


class Span(Fact):
    """Versions of one component that are affected: from `first` (empty: the beginning) through `last`, or before `before`.

    `component` is as written (`kubelet`, `kube-apiserver`), empty where the line names none.
    """

    component: str
    first: str = ""
    last: str = ""
    before: str = ""


class Fixed(Fact):
    """A version with the fix, and its component, empty where none is named."""

    component: str
    version: str


class Told(Fact):
    """What a text says; `cvss` is the vector it quotes."""

    affected: tuple[Span, ...]
    fixed: tuple[Fixed, ...]
    cvss: str = ""


def parse(data: bytes) -> tuple[FeedItem, ...]:
    """The items of the feed. Raises `Malformed`."""
    try:
        return msgspec.json.decode(data, type=_Feed).items
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise Malformed("Kubernetes CVE feed", str(cause)) from cause


_VERSION = r"[vV]?(\d+\.\d+(?:\.\d+)?(?:-[0-9A-Za-z.]+)?)"
_COMPONENT = re.compile(
    r"\b(kube-apiserver|kube-controller-manager|kube-proxy|kube-scheduler|kubelet|kubectl|ingress-nginx)\b", re.IGNORECASE
)
_FROM_TO = re.compile(rf"{_VERSION}\s*(?:[-\u2013\u2014]|to|through)\s*{_VERSION}")
_UP_TO = re.compile(rf"(?:<=|≤|up to(?: and including)?|through)\s*{_VERSION}", re.IGNORECASE)
_BEFORE = re.compile(rf"(?:<|prior to|before|older than)\s*{_VERSION}", re.IGNORECASE)
_FROM = re.compile(rf"(?:>=|≥)\s*{_VERSION}", re.IGNORECASE)
_ANY = re.compile(rf"(?<![\w.]){_VERSION}(?![\w.]*\.\d)")
_HEADING = re.compile(r"^\s*(?:#+\s*)?\**_*\s*(affected versions?|fixed versions?)\b[^\n]{0,60}$", re.IGNORECASE)
_OTHER = re.compile(r"^\s*(?:#{1,6}\s|\*\*[A-Z])")
_CVSS = re.compile(r"CVSS:[34]\.[01]/[A-Z:/]+")


def read(text: str) -> Told:
    """The versions that a text tells. Total: what it cannot read is left out, so no versions means that none were told."""
    affected: list[Span] = []
    fixed: list[Fixed] = []
    under = ""
    for line in text[:MAX_TEXT].splitlines():
        heading = _HEADING.match(line)
        if heading:
            under = heading[1].lower()[:5]
        elif _OTHER.match(line):
            under = ""
        elif under == "affec":
            affected.extend(_spans(line))
        elif under == "fixed":
            fixed.extend(Fixed(component=component(line), version=seen[1]) for seen in _ANY.finditer(line))
    vector = _CVSS.search(text)
    return Told(affected=tuple(affected), fixed=tuple(fixed), cvss=vector[0].rstrip("/") if vector else "")


def component(text: str) -> str:
    """The one component that a text names; empty if it names none, or several."""
    named = {seen[1].lower() for seen in _COMPONENT.finditer(text)}
    return named.pop() if len(named) == 1 else ""


def _spans(line: str) -> Iterator[Span]:
    name = component(line)
    for seen in _FROM_TO.finditer(line):
        yield Span(component=name, first=seen[1], last=seen[2])
    rest = _FROM_TO.sub("", line)
    first = _FROM.search(rest)
    start = first[1] if first else ""
    if up_to := _UP_TO.search(rest):
        yield Span(component=name, first=start, last=up_to[1])
    elif before := _BEFORE.search(rest):
        yield Span(component=name, first=start, before=before[1])
    elif not start:
        for seen in _ANY.finditer(rest):
            yield Span(component=name, first=seen[1], last=seen[1])
