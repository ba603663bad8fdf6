"""OpenVEX documents. Source: openvex/spec, OPENVEX-SPEC.md v0.2.0 (and 0.0.x, where products are plain strings)."""

from collections.abc import Iterator

import msgspec

from ringfence.errors import Malformed
from ringfence.model.vex import VexProduct, VexStatement, VexStatus


class _Identifiers(msgspec.Struct, frozen=True):
    purl: str = ""


class _Component(msgspec.Struct, frozen=True):
    id: str = msgspec.field(default="", name="@id")
    identifiers: _Identifiers | None = None


class _Product(msgspec.Struct, frozen=True):
    id: str = msgspec.field(default="", name="@id")
    identifiers: _Identifiers | None = None
    subcomponents: tuple[_Component | str, ...] = ()


class _Vulnerability(msgspec.Struct, frozen=True):
    name: str = ""
    aliases: tuple[str, ...] = ()


class _Statement(msgspec.Struct, frozen=True):
    vulnerability: _Vulnerability | str
    status: VexStatus
    products: tuple[_Product | str, ...] = ()
    subcomponents: tuple[_Component | str, ...] = ()
    justification: str = ""
    impact_statement: str = ""
    action_statement: str = ""
    timestamp: str = ""


class _Document(msgspec.Struct, frozen=True):
    context: str = msgspec.field(name="@context")
    statements: tuple[_Statement, ...]
    id: str = msgspec.field(default="", name="@id")
    author: str = ""
    timestamp: str = ""


def parse(data: bytes, path: str) -> tuple[VexStatement, ...]:
    """The statements of the document at `path`. Raises `Malformed`."""
    try:
        document = msgspec.json.decode(data, type=_Document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise Malformed("OpenVEX document", str(cause), where=path) from cause
    return tuple(_statement(item, document, path) for item in document.statements)


def _statement(item: _Statement, document: _Document, path: str) -> VexStatement:
    about = item.vulnerability
    names = (about,) if isinstance(about, str) else (about.name, *about.aliases)
    return VexStatement(
        names=tuple(name for name in names if name and "://" not in name),
        status=item.status,
        products=tuple(_products(item)),
        why="; ".join(text for text in (item.justification, item.impact_statement) if text),
        action=item.action_statement,
        document=path,
        author=document.author,
        at=item.timestamp or document.timestamp,
    )


def _products(item: _Statement) -> Iterator[VexProduct]:
    common = tuple(_name(part) for part in item.subcomponents)
    for product in item.products:
        own = () if isinstance(product, str) else tuple(_name(part) for part in product.subcomponents)
        yield VexProduct(id=_name(product), parts=own or common)


def _name(thing: "_Product | _Component | str") -> str:
    if isinstance(thing, str):
        return thing
    return (thing.identifiers.purl if thing.identifiers else "") or thing.id
