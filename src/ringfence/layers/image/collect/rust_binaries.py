"""Crates of a Rust program built with `cargo auditable`."""

from ringfence.formats import cargo_auditable, purl
from ringfence.model.declare import Ecosystem
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="rust-binaries", files=(), executables=True)


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - all readers are asked alike
    """The crates that are in the program, not those that only built it. Raises `Malformed`, `LimitExceeded`."""
    if cargo_auditable.SECTION.encode() not in data:
        return ()
    return tuple(
        Package(
            purl=purl.make("cargo", item.name, item.version), name=item.name, version=item.version, ecosystem="crates.io"
        )
        for item in cargo_auditable.parse(data)
        if item.kind == "runtime"
    )
