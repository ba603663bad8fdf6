"""Large XML documents read as a stream. One with a DTD or entities is refused: that is how XML bombs are built."""

from typing import Protocol
from xml.parsers import expat

from ringfence.errors import Malformed

_PIECE = 1 << 18


class ByteSource(Protocol):
    """What can be read in pieces."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end."""


class Reader(Protocol):
    """Takes expat's events."""

    def start(self, name: str, attributes: dict[str, str], /) -> None:
        """An element begins."""

    def end(self, name: str, /) -> None:
        """An element ends."""

    def text(self, data: str, /) -> None:
        """A piece of text."""


def feed(source: ByteSource, reader: Reader, form: str) -> None:
    """Gives the whole document to the reader. Raises `Malformed` naming the form, and what the reader raises."""

    def refuse(*_: object) -> None:
        raise Malformed(form, "it has a DTD or an entity, which none that is published has")

    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        while piece := source.read(_PIECE):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as cause:
        raise Malformed(form, str(cause)) from cause
