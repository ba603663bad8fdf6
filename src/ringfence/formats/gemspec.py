"""The specification of an installed Ruby gem, as RubyGems writes it: Ruby code, of which only plain assignments are read.

Source: guides.rubygems.org, "Specification Reference"; rubygems, `Gem::Specification#to_ruby`.
"""

import re

from ringfence.errors import Malformed
from ringfence.model.fact import Fact

MAX_BYTES = 256 * 1024
"""Bytes looked at."""

_FIELD = re.compile(
    r"""^\s{0,8}\w{1,20}\.(name|version|licenses|license)\s{0,4}=\s{0,4}(\[[^\]\n]{0,400}\]|["'][^"'\n]{0,200}["'])""",
    re.MULTILINE,
)
_TEXT = re.compile(r"""["']([^"'\n]{0,200})["']""")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}")


class Gem(Fact):
    """Name, version, licences."""

    name: str
    version: str
    licences: tuple[str, ...] = ()


def parse(data: bytes) -> Gem:
    """The gem that a specification describes. Raises `Malformed` if it names none."""
    values: dict[str, tuple[str, ...]] = {}
    for field, raw in _FIELD.findall(data[:MAX_BYTES].decode("utf-8", "replace")):
        values.setdefault(field, tuple(_TEXT.findall(raw)))
    name, version = (next(iter(values.get(key, ())), "") for key in ("name", "version"))
    if not _NAME.fullmatch(name) or not _NAME.fullmatch(version):
        raise Malformed("gem specification", "it has no plain name or version")
    return Gem(name=name, version=version, licences=values.get("licenses") or values.get("license") or ())
