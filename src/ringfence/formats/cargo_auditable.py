"""What `cargo auditable` writes into a program: the crates it was built from, as compressed JSON in a section `.dep-v0`.

Source: github.com/rust-secure-code/cargo-auditable, PARSING.md.
"""

import zlib

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import elf, typed_json
from ringfence.model.fact import Fact

SECTION = ".dep-v0"
MAX_JSON = 8 * 1024 * 1024
"""Bytes of the JSON after decompression; a large program's is some 100 kB."""


class Crate(Fact):
    """A crate. `kind` is `runtime` or `build`, `source` `crates.io`, `git`, `local` or `registry`."""

    name: str
    version: str
    source: str = ""
    kind: str = "runtime"
    root: bool = False


class _Document(Fact):
    packages: tuple[Crate, ...] = ()


def parse(data: bytes) -> tuple[Crate, ...]:
    """The crates of an ELF file. Raises `Malformed` if it has none, `LimitExceeded`."""
    section = elf.parse(data).section(SECTION)
    if section is None:
        raise Malformed("cargo auditable data", f"it has no section {SECTION}")
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(data[section.offset : section.offset + section.size], MAX_JSON)
    except zlib.error as cause:
        raise Malformed("cargo auditable data", str(cause)) from cause
    if inflater.unconsumed_tail:
        raise LimitExceeded("bytes of cargo auditable data", MAX_JSON)
    return typed_json.decode(text, _Document, "cargo auditable data").packages
