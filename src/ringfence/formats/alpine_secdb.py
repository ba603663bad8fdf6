"""Alpine's secdb: which version of a source package (origin) mended which ids.

Source: secdb.alpinelinux.org; gitlab.alpinelinux.org/alpine/infra/docker/secdb, README ("0" is "never affected").
"""

import re

import msgspec

from ringfence.errors import Malformed
from ringfence.formats import yaml_lines
from ringfence.formats.document_tree import Mapping, Sequence, Tree


class SecdbPackage(msgspec.Struct, frozen=True):
    """`secfixes` has the ids by the version that mended them; ids are as dirty as people type them."""

    name: str
    secfixes: dict[str, tuple[str, ...] | None] | None = None


class SecdbEntry(msgspec.Struct, frozen=True):
    """The wrapping of one package."""

    pkg: SecdbPackage


class Secdb(msgspec.Struct, frozen=True):
    """One repository of one release: `distroversion` is `v3.18` or `edge`, `reponame` `main` or `community`."""

    distroversion: str
    reponame: str = ""
    packages: tuple[SecdbEntry, ...] | None = ()


_CVE = re.compile(r"CVE[-_](\d{4})[-_](\d{4,19})(?![0-9A-Za-z])")
_ID = re.compile(r"[A-Z][A-Za-z]*-[A-Za-z0-9_.:-]+")


def parse(data: bytes) -> Secdb:
    """The database in `data`. Raises `Malformed`."""
    try:
        return msgspec.json.decode(data, type=Secdb)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise Malformed("Alpine secdb", str(cause)) from cause


def parse_yaml(data: bytes) -> Secdb:
    """The database as it was until 2020, in YAML. Raises `Malformed`, `LimitExceeded`."""
    trees = yaml_lines.read(data)
    if len(trees) != 1:
        raise Malformed("Alpine secdb", "it is not one YAML document")
    try:
        return msgspec.convert(_plain(trees[0]), Secdb)
    except msgspec.ValidationError as cause:
        raise Malformed("Alpine secdb", str(cause)) from cause


def _plain(tree: Tree) -> object:
    """Text stays as it is written: `1.10` is a version, and no number."""
    if isinstance(tree, Mapping):
        return {key: _plain(value) for key, value in tree.entries.items()}
    if isinstance(tree, Sequence):
        return [_plain(item) for item in tree.items]
    return None if tree.value is None else tree.text


def ids(written: str) -> tuple[str, ...]:
    """The ids in one entry: of `CVE-2017-2616 (+ regression fix)`, `CVE_2019-1234 GHSA-x`; typing errors stay as typed."""
    text = _CVE.sub(r"CVE-\1-\2", written)
    return tuple(dict.fromkeys(_ID.findall(text)))
