"""Package URLs: the name of a package across ecosystems. Source: package-url/purl-spec, "Rules for each purl component"."""

import re

from ringfence.errors import Malformed
from ringfence.model.fact import Fact

MAX_LENGTH = 4_000
"""Characters of one package URL; the longest seen (Go modules with qualifiers) are under 500."""

_KIND = re.compile(r"[A-Za-z][A-Za-z0-9.+-]*")
_ESCAPED = re.compile(rb"%([0-9A-Fa-f]{2})")
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:")


def make(kind: str, name: str, version: str) -> str:
    """`pkg:kind/name@version`; slashes in the name part its namespace and stay."""
    return f"pkg:{kind}/{'/'.join(_quoted(part) for part in name.split('/'))}@{_quoted(version)}"


def _quoted(text: str) -> str:
    return "".join(
        char if char in _PLAIN else "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "replace")) for char in text
    )


class Purl(Fact):
    """A package URL in its parts, unquoted. `kind` is in lower case; `qualifiers` are pairs in the order they stand in."""

    kind: str
    name: str
    namespace: str = ""
    version: str = ""
    qualifiers: tuple[tuple[str, str], ...] = ()

    def qualifier(self, key: str) -> str:
        """The value of a qualifier; empty if it is not there."""
        return dict(self.qualifiers).get(key, "")


def parse(text: str) -> Purl:
    """The parts of a package URL. Raises `Malformed`."""
    if len(text) > MAX_LENGTH:
        raise Malformed("package URL", f"longer than {MAX_LENGTH:,} characters")
    scheme, colon, rest = text.strip().partition(":")
    if scheme.lower() != "pkg" or not colon:
        raise Malformed("package URL", "it does not begin with 'pkg:'", where=text[:100])
    path, _, said = rest.partition("#")[0].partition("?")
    kind, _, path = path.strip("/").partition("/")
    # An @ further left is a scope that somebody forgot to quote (`pkg:npm/@angular/core`).
    before, slash, last = path.rpartition("/")
    name, _, version = last.rpartition("@") if "@" in last[1:] else (last, "", "")
    if not _KIND.fullmatch(kind) or not name:
        raise Malformed("package URL", "it is not pkg:TYPE/NAME", where=text[:100])
    pairs = (item.partition("=") for item in said.split("&") if item)
    return Purl(
        kind=kind.lower(),
        name=_unquoted(name),
        namespace=_unquoted(before) if slash else "",
        version=_unquoted(version),
        qualifiers=tuple((key.lower(), _unquoted(value)) for key, _, value in pairs),
    )


def _unquoted(text: str) -> str:
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), text.encode("utf-8", "replace")).decode("utf-8", "replace")
