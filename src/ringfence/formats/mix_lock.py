"""mix.lock of Elixir: a map of Elixir terms, read as text and never evaluated. Source: hexdocs.pm/mix; hex.pm's tuples.

`"name": {:hex, :app, "1.0.0", "inner checksum", [:mix], [{:dep, "~> 1.0", [...]}], "hexpm", "outer checksum"}`
"""

import re

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats.locked import MAX_BYTES, Locked, LockedPackage, Need, locked
from ringfence.formats.url import without_secret

_HEX = re.compile(r'\s*"([^"]+)":\s*\{:hex,\s*:"?([\w.]+)"?,\s*"([^"]+)",\s*"([0-9a-f]*)"')
_GIT = re.compile(r'\s*"([^"]+)":\s*\{:git,\s*"([^"]+)",\s*"([0-9a-f]*)"')
_NEED = re.compile(r'\{:"?([\w.]+)"?,\s*"([^"]*)",\s*\[')


def parse(data: bytes) -> Locked:
    """The packages in file order; mix writes one a line. Raises `Malformed`, `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of a mix.lock", MAX_BYTES)
    text = data.decode("utf-8", "replace")
    if not text.strip().startswith("%{"):
        raise Malformed("mix.lock", "it is no Elixir map")
    found: list[LockedPackage] = []
    for number, line in enumerate(text.splitlines(), 1):
        hex_, git = _HEX.match(line), _GIT.match(line)
        if hex_:
            found.append(
                LockedPackage(
                    name=hex_[2],
                    version=hex_[3],
                    line=number,
                    hashed=bool(hex_[4]),
                    key=hex_[1],
                    needs=tuple(Need(key=need, specifier=range_) for need, range_ in _NEED.findall(line[hex_.end() :])),
                )
            )
        elif git:
            found.append(
                LockedPackage(
                    name=git[1],
                    version="",
                    line=number,
                    source="git",
                    url=without_secret(git[2]),
                    reference=git[3],
                    key=git[1],
                )
            )
    return locked(found)
