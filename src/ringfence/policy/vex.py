"""VEX applied: which vulnerabilities somebody says do not matter here, and why. Nothing is taken away, only marked.

A statement covers a finding if it names its vulnerability, and its product is the package itself, or is the target with the
package among its parts. Of several that cover one finding the latest counts.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from ringfence.errors import Malformed
from ringfence.formats import purl
from ringfence.formats.purl import Purl
from ringfence.model.finding import Finding, FindingKind, Suppression
from ringfence.model.vex import VexProduct, VexStatement, VexStatus

_SETTLED = frozenset({VexStatus.NOT_AFFECTED, VexStatus.FIXED})
_HASH = "sha256:"


class Place(NamedTuple):
    """What was looked at, as the report says it: its reference and digest."""

    ref: str
    digest: str


def apply(findings: Iterable[Finding], statements: Iterable[VexStatement], place: Place) -> tuple[Finding, ...]:
    """The findings in order, those suppressed that a statement calls not affected or fixed.

    A finding that is suppressed already keeps that reason. Pure.
    """
    by_name: dict[str, list[VexStatement]] = {}
    for statement in statements:
        for name in statement.names:
            by_name.setdefault(name.upper(), []).append(statement)
    return tuple(_judged(finding, by_name, place) for finding in findings)


def _judged(finding: Finding, by_name: dict[str, list[VexStatement]], place: Place) -> Finding:
    if finding.kind is not FindingKind.VULNERABILITY or finding.suppressed is not None or finding.package is None:
        return finding
    names = dict.fromkeys(name.upper() for name in (finding.rule, *finding.aliases))
    about = [item for name in names for item in by_name.get(name, ()) if covers(item, finding, place)]
    if not about:
        return finding
    latest = max(about, key=lambda item: item.at)
    if latest.status not in _SETTLED:
        return finding
    who = f"{latest.document} ({latest.author})" if latest.author else latest.document
    reason = f"{latest.status.value}: {latest.why}" if latest.why else latest.status.value
    return msgspec.structs.replace(finding, suppressed=Suppression(by=who, reason=reason))


def covers(statement: VexStatement, finding: Finding, place: Place) -> bool:
    """Whether a statement's product is what the finding is about."""
    package = finding.package
    own = _read(package.purl) if package is not None else None
    return own is not None and any(_is_about(product, own, finding, place) for product in statement.products)


def _is_about(product: VexProduct, own: Purl, finding: Finding, place: Place) -> bool:
    if not product.parts:
        return _fits(product.id, own)
    return _is_place(product.id, finding, place) and any(_fits(part, own) for part in product.parts)


def _fits(written: str, own: Purl) -> bool:
    """Whether a statement's package URL means the package: what it leaves open (version, qualifiers) fits anything."""
    said = _read(written)
    if said is None or (said.kind, said.namespace, said.name) != (own.kind, own.namespace, own.name):
        return False
    if said.version and said.version != own.version:
        return False
    mine = dict(own.qualifiers)
    return all(mine.get(key, value) == value for key, value in said.qualifiers)


def _is_place(written: str, finding: Finding, place: Place) -> bool:
    """Whether a product is the target: by its reference, or as `pkg:oci/NAME@sha256:...` by name and, if told, digest."""
    if written in (finding.target, place.ref):
        return True
    said = _read(written)
    if said is None or said.kind not in ("oci", "docker"):
        return False
    if said.version.startswith(_HASH):
        return said.version == place.digest
    return said.name == _image_name(finding.target or place.ref)


def _image_name(ref: str) -> str:
    """`nginx` of `docker://registry.example/lib/nginx:1.27@sha256:...`."""
    last = ref.partition("@")[0].rstrip("/").rpartition("/")[2]
    return last.partition(":")[0].removesuffix(".tar")


def _read(text: str) -> Purl | None:
    try:
        return purl.parse(text)
    except Malformed:
        return None
