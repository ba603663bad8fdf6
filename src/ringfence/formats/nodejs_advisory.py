"""Advisories of the Node.js security working group: about Node.js itself, and (until 2019) about npm's packages.

Source: github.com/nodejs/security-wg, `vuln/core` and `vuln/npm`, with the schemas in their README.
"""

from typing import TypeVar

import msgspec

from ringfence.errors import Malformed
from ringfence.model.fact import Fact

_T = TypeVar("_T")


class _Npm(msgspec.Struct, frozen=True):
    id: int
    module_name: str
    vulnerable_versions: str
    title: str = ""
    overview: str = ""
    updated_at: str = ""
    cves: tuple[str, ...] = ()
    patched_versions: str | None = None
    references: tuple[str, ...] | str | None = None
    cvss_vector: str | None = None


class _Core(msgspec.Struct, frozen=True):
    vulnerable: str
    cve: tuple[str, ...] = ()
    patched: str | None = None
    ref: str = ""
    overview: str = ""
    description: str = ""
    severity: str = ""


class NodeAdvisory(Fact):
    """One advisory: npm's range expressions of what is vulnerable and (empty: nothing) patched."""

    id: str
    package: str
    vulnerable: str
    patched: str
    cves: tuple[str, ...]
    title: str
    modified: str = ""
    cvss: str = ""
    severity: str = ""
    references: tuple[str, ...] = ()


def npm(data: bytes) -> NodeAdvisory:
    """An advisory about a package. Raises `Malformed`."""
    found = _decoded(data, _Npm)
    held = found.references
    return NodeAdvisory(
        id=f"NSWG-ECO-{found.id}",
        package=found.module_name,
        vulnerable=found.vulnerable_versions,
        patched=_none_is_empty(found.patched_versions),
        cves=found.cves,
        title=found.title or found.overview[:200],
        modified=found.updated_at,
        cvss=found.cvss_vector or "",
        references=(held,) if isinstance(held, str) else held or (),
    )


def core(name: str, data: bytes) -> NodeAdvisory:
    """An advisory about Node.js, by the name of its file. Raises `Malformed`."""
    found = _decoded(data, _Core)
    return NodeAdvisory(
        id=f"NSWG-CORE-{name}",
        package="node",
        vulnerable=found.vulnerable,
        patched=_none_is_empty(found.patched),
        cves=found.cve,
        title=(found.description or found.overview)[:200],
        severity=found.severity,
        references=(found.ref,) if found.ref else (),
    )


def _none_is_empty(text: str | None) -> str:
    """A few say in words that nothing is patched: `<0.0.0` is npm's way."""
    return "" if text is None or text in ("<0.0.0", "none", "null") else text


def _decoded(data: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise Malformed("Node.js advisory", str(cause)) from cause
