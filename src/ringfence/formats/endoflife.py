"""endoflife.date's products: as its API gives all of them in one document, and as a product's page in its repository.

Source: endoflife.date/docs/api/v1 ("products/full"); github.com/endoflife-date/endoflife.date, HACKING ("releases").
"""

import msgspec

from ringfence.errors import Malformed
from ringfence.formats import yaml_lines
from ringfence.formats.document_tree import Mapping, Scalar, Sequence, Tree
from ringfence.model.fact import Fact


class Cycle(Fact):
    """A release line. `end` and `extended` (of what comes after) are days, YYYY-MM-DD; empty where none is told."""

    product: str
    name: str
    end: str = ""
    extended: str = ""


class _Release(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    eol_from: str | None = None
    eoes_from: str | None = None


class _Product(msgspec.Struct, frozen=True):
    name: str
    releases: tuple[_Release, ...] = ()


class _Answer(msgspec.Struct, frozen=True):
    result: tuple[_Product, ...]


def products(data: bytes) -> tuple[Cycle, ...]:
    """Every release line of the API's document. Raises `Malformed`."""
    try:
        found = msgspec.json.decode(data, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise Malformed("endoflife.date document", str(cause)) from cause
    return tuple(
        Cycle(product=product.name, name=item.name, end=item.eol_from or "", extended=item.eoes_from or "")
        for product in found.result
        for item in product.releases
    )


def page(name: str, data: bytes) -> tuple[Cycle, ...]:
    """The release lines of one product's page, which begins with YAML between `---` lines.

    Raises `Malformed`, `LimitExceeded`.
    """
    head, _, rest = data.partition(b"---")
    matter, mark, _ = rest.partition(b"\n---")
    if head.strip() or not mark:
        raise Malformed("page of endoflife.date", "it does not begin with YAML between '---' lines")
    found = yaml_lines.read(matter)
    releases = _under(found[0], "releases") if found else None
    if not isinstance(releases, Sequence):
        raise Malformed("page of endoflife.date", "it has no list of releases")
    return tuple(
        Cycle(product=name, name=_text(item, "releaseCycle"), end=_text(item, "eol"), extended=_text(item, "eoes"))
        for item in releases.items
        if _text(item, "releaseCycle")
    )


def _under(tree: Tree, key: str) -> Tree | None:
    return tree.entries.get(key) if isinstance(tree, Mapping) else None


def _text(tree: Tree, key: str) -> str:
    """A value as it is written; `true` and `false`, which stand where no day is known, are none."""
    found = _under(tree, key)
    return found.text if isinstance(found, Scalar) and not isinstance(found.value, bool | None) else ""
