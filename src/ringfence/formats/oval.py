"""OVAL definitions of rpm distributions: which package below which version a definition is about.

Source: OVAL 5.11 (oval-community-guidelines), the parts that vendors use: definitions with criteria, rpminfo tests, objects
and states. Every document is read as a stream; one with a DTD is refused, for entities are how XML bombs are built.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ringfence.errors import LimitExceeded
from ringfence.formats import xml_stream
from ringfence.formats.xml_stream import ByteSource
from ringfence.model.fact import Fact

MAX_DEPTH = 200
"""Elements within elements."""
MAX_DEFINITIONS = 500_000
"""Definitions of one document; Oracle's, with all of its releases, has some 10,000."""
MAX_TEXT = 1_000_000
"""Characters of one text, such as a description."""


class Bound(Fact):
    """A package and an edge of its versions: `operation` is OVAL's own (`less than`, `less than or equal`, ...)."""

    package: str
    operation: str
    version: str


class Branch(Fact):
    """A part of the criteria that holds on some releases: the packages that name these (`sles-release` 15.2), and bounds."""

    releases: tuple[tuple[str, str], ...]
    bounds: tuple[Bound, ...]


class Definition(Fact):
    """A definition: the ids it refers to by their source (`CVE`, `ELSA`), the platforms, and the bounds of its criteria.

    `branches` are the bounds again, by the releases they hold on, where the criteria test for releases by version (SUSE).
    """

    id: str
    title: str
    severity: str
    issued: str
    platforms: tuple[str, ...]
    references: tuple[tuple[str, str], ...]
    bounds: tuple[Bound, ...]
    branches: tuple[Branch, ...] = ()


@dataclass(slots=True)
class _Criteria:
    """Criteria while they are read: what must hold together (`AND`) or by itself (`OR`)."""

    operator: str
    tests: list[str] = field(default_factory=list)
    inside: "list[_Criteria]" = field(default_factory=list)

    def every_test(self) -> Iterator[str]:
        yield from self.tests
        for part in self.inside:
            yield from part.every_test()

    def together(self) -> "Iterator[_Criteria]":
        """The outermost parts whose tests hold together."""
        if self.operator == "AND":
            yield self
        else:
            for part in self.inside:
                yield from part.together()


@dataclass(slots=True)
class _Raw:
    """A definition while it is read."""

    id: str
    title: str = ""
    severity: str = ""
    issued: str = ""
    platforms: list[str] = field(default_factory=list)
    references: list[tuple[str, str]] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)
    criteria: list[_Criteria] = field(default_factory=list)


class _Reader:
    """Takes expat's events and keeps the few things that are wanted."""

    def __init__(self) -> None:
        self.definitions: list[_Raw] = []
        self.tests: dict[str, tuple[str, list[str]]] = {}
        self.objects: dict[str, str] = {}
        self.states: dict[str, tuple[str, str]] = {}
        self.versions: dict[str, str] = {}
        self._open: list[_Criteria] = []
        self._path: list[str] = []
        self._text: list[str] = []
        self._size = 0
        self._id = ""
        self._operation = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        self._path.append(tag)
        if len(self._path) > MAX_DEPTH:
            raise LimitExceeded("depth of an OVAL document", MAX_DEPTH)
        self._text.clear()
        self._size = 0
        match tag:
            case "definition":
                self.definitions.append(_Raw(attributes.get("id", "")))
                if len(self.definitions) > MAX_DEFINITIONS:
                    raise LimitExceeded("definitions of one OVAL document", MAX_DEFINITIONS)
            case "reference" if self.definitions:
                self.definitions[-1].references.append((attributes.get("source", ""), attributes.get("ref_id", "")))
            case "criteria" if self.definitions:
                self._criteria(_Criteria(attributes.get("operator", "AND")))
            case "criterion" if self.definitions:
                self.definitions[-1].tests.append(attributes.get("test_ref", ""))
                if self._open:
                    self._open[-1].tests.append(attributes.get("test_ref", ""))
            case "issued" if self.definitions:
                self.definitions[-1].issued = attributes.get("date", "")
            case _:
                self._rpminfo(tag, attributes)

    def _rpminfo(self, tag: str, attributes: dict[str, str]) -> None:
        match tag:
            case "rpminfo_test":
                self._id = attributes.get("id", "")
                self.tests[self._id] = ("", [])
            case "rpminfo_object" | "rpminfo_state":
                self._id = attributes.get("id", "")
            case "object" if self._id in self.tests:
                self.tests[self._id] = (attributes.get("object_ref", ""), self.tests[self._id][1])
            case "state" if self._id in self.tests:
                self.tests[self._id][1].append(attributes.get("state_ref", ""))
            case "evr":
                self._operation = attributes.get("operation", "equals")

    def _criteria(self, made: _Criteria) -> None:
        (self._open[-1].inside if self._open else self.definitions[-1].criteria).append(made)
        self._open.append(made)

    def text(self, data: str) -> None:
        self._size += len(data)
        if self._size > MAX_TEXT:
            raise LimitExceeded("characters of one text in an OVAL document", MAX_TEXT)
        self._text.append(data)

    def end(self, name: str) -> None:
        tag = name.rpartition(":")[2]
        text = "".join(self._text).strip()
        parent = self._path[-2] if len(self._path) > 1 else ""
        self._path.pop()
        here = self.definitions[-1] if self.definitions else None
        match tag:
            case "criteria" if self._open:
                self._open.pop()
            case "title" if here and parent == "metadata":
                here.title = " ".join(text.split())
            case "severity" if here:
                here.severity = text
            case "advisory_date" if here:
                here.issued = text
            case "platform" if here:
                here.platforms.append(text)
            case "name" if parent == "rpminfo_object":
                self.objects[self._id] = text
            case "evr" if parent == "rpminfo_state":
                self.states[self._id] = (self._operation, text)
            case "version" if parent == "rpminfo_state":
                self.versions[self._id] = text
        self._text.clear()


def parse(source: ByteSource) -> Iterator[Definition]:
    """The definitions with the bounds they test. Raises `Malformed`, `LimitExceeded`."""
    reader = _Reader()
    xml_stream.feed(source, reader, "OVAL document")
    for raw in reader.definitions:
        yield Definition(
            id=raw.id,
            title=raw.title,
            severity=raw.severity,
            issued=raw.issued,
            platforms=tuple(raw.platforms),
            references=tuple(raw.references),
            bounds=tuple(dict.fromkeys(bound for test in raw.tests for bound in _bounds(test, reader))),
            branches=tuple(_branches(raw, reader)),
        )


def _bounds(test: str, reader: _Reader) -> Iterator[Bound]:
    """What a test says of a package's version; tests of a release, a signature or an architecture say nothing of it."""
    about, states = reader.tests.get(test, ("", []))
    package = reader.objects.get(about, "")
    for state in states:
        if package and state in reader.states:
            operation, version = reader.states[state]
            yield Bound(package=package, operation=operation, version=version)


def _branches(raw: _Raw, reader: _Reader) -> Iterator[Branch]:
    for whole in raw.criteria:
        for part in whole.together():
            tests = tuple(dict.fromkeys(part.every_test()))
            releases = tuple(dict.fromkeys(found for test in tests for found in _releases(test, reader)))
            bounds = tuple(dict.fromkeys(bound for test in tests for bound in _bounds(test, reader)))
            if releases and bounds:
                yield Branch(releases=releases, bounds=bounds)


def _releases(test: str, reader: _Reader) -> Iterator[tuple[str, str]]:
    """The release that a test asks for: a package called `*-release` of a certain version."""
    about, states = reader.tests.get(test, ("", []))
    package = reader.objects.get(about, "")
    if package.endswith("-release"):
        yield from ((package, reader.versions[state]) for state in states if state in reader.versions)
