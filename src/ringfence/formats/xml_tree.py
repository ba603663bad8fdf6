"""Small XML documents as trees that know their lines. A DTD is refused: entities are how XML bombs are built."""

from typing import NoReturn
from xml.parsers import expat

import msgspec

from ringfence.errors import LimitExceeded, Malformed

MAX_BYTES = 8 * 1024 * 1024
"""Bytes of one document; the largest poms have some 200,000."""
MAX_DEPTH = 100
"""Elements within elements."""
MAX_ELEMENTS = 200_000
"""Elements of one document."""


class Element(msgspec.Struct):
    """An element: its tag without namespace, attributes, text with surrounding white space gone, children, and its line."""

    tag: str
    attributes: dict[str, str]
    line: int
    text: str = ""
    children: "list[Element]" = []

    def child(self, tag: str) -> "Element | None":
        """The first child of a tag."""
        return next((item for item in self.children if item.tag == tag), None)

    def all(self, *path: str) -> "list[Element]":
        """The elements at the end of a path of tags."""
        here = [self]
        for tag in path:
            here = [item for parent in here for item in parent.children if item.tag == tag]
        return here

    def said(self, *path: str) -> str:
        """The text of the first element at the end of a path; empty if there is none."""
        found = self.all(*path)
        return found[0].text if found else ""


class _Reader:
    def __init__(self, form: str) -> None:
        self.form = form
        self.root: Element | None = None
        self.open: list[Element] = []
        self.count = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text
        self.parser.StartDoctypeDeclHandler = self.doctype

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if self.count > MAX_ELEMENTS:
            raise LimitExceeded(f"elements of a {self.form}", MAX_ELEMENTS)
        if len(self.open) >= MAX_DEPTH:
            raise LimitExceeded(f"depth of a {self.form}", MAX_DEPTH)
        made = Element(name.rpartition(":")[2], attributes, self.parser.CurrentLineNumber)
        if self.open:
            self.open[-1].children.append(made)
        else:
            self.root = made
        self.open.append(made)

    def end(self, _name: str) -> None:
        closed = self.open.pop()
        closed.text = closed.text.strip()

    def text(self, data: str) -> None:
        if self.open:
            self.open[-1].text += data

    def doctype(self, *_: object) -> NoReturn:
        raise Malformed(self.form, "it has a DTD, which is not read")


def parse(data: bytes, form: str) -> Element:
    """The document's root. Raises `Malformed` naming `form`, `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded(f"bytes of a {form}", MAX_BYTES)
    reader = _Reader(form)
    try:
        reader.parser.Parse(data, True)
    except (expat.ExpatError, ValueError) as cause:  # ValueError: an encoding that expat does not know
        raise Malformed(form, str(cause)) from cause
    if reader.root is None:
        raise Malformed(form, "it has no element")
    return reader.root
