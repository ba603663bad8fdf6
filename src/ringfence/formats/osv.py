"""OSV records: one vulnerability as JSON.

Source: OSV schema 1.7.4, ossf.github.io/osv-schema. Only the fields that matching and reporting need; others are skipped.
"""

from typing import Any

import msgspec

from ringfence.errors import LimitExceeded, Malformed

MAX_RECORD_BYTES = 32 * 1024 * 1024
"""Bytes of one record; the largest of the Linux ecosystem are a few MB."""
MAX_AFFECTED = 20_000
"""Affected entries of one record; distributions' records have thousands at the most."""


class OsvEvent(msgspec.Struct, frozen=True):
    """Exactly one of these is set by a record that keeps to the schema."""

    introduced: str | None = None
    fixed: str | None = None
    last_affected: str | None = None
    limit: str | None = None


class OsvRange(msgspec.Struct, frozen=True):
    """`type` is `SEMVER`, `ECOSYSTEM` or `GIT`."""

    type: str = ""
    events: tuple[OsvEvent, ...] | None = ()


class OsvPackage(msgspec.Struct, frozen=True):
    """The package an entry is about."""

    ecosystem: str = ""
    name: str = ""


class OsvScore(msgspec.Struct, frozen=True):
    """`type` is `CVSS_V2`, `CVSS_V3`, `CVSS_V4` or a vendor's scale (`Ubuntu`)."""

    type: str = ""
    score: str = ""


class OsvSpecific(msgspec.Struct, frozen=True):
    """The one field of `database_specific` that several databases share; anything may stand in it."""

    severity: Any = None


class OsvImport(msgspec.Struct, frozen=True):
    """A package of a Go module with the functions that have the fault; without any, all of it has.

    `goos` are the systems it has it on; without any, all of them.
    """

    path: str = ""
    symbols: tuple[str, ...] | None = ()
    goos: tuple[str, ...] | None = ()


class OsvEcosystemSpecific(msgspec.Struct, frozen=True):
    """What Go's database (`imports`), GitHub's (`affected_functions`) and RustSec's (`affects.functions`) add."""

    imports: Any = None
    affected_functions: Any = None
    affects: Any = None


class OsvAffected(msgspec.Struct, frozen=True):
    """An entry of `affected`."""

    package: OsvPackage | None = None
    ranges: tuple[OsvRange, ...] | None = ()
    versions: tuple[str, ...] | None = ()
    severity: tuple[OsvScore, ...] | None = ()
    ecosystem_specific: OsvEcosystemSpecific | None = None

    def imports(self) -> tuple[OsvImport, ...]:
        """The Go packages and functions with the fault; none where another database keeps something else there."""
        if self.package is None or self.package.ecosystem != "Go" or self.ecosystem_specific is None:
            return ()
        try:
            return msgspec.convert(self.ecosystem_specific.imports or (), tuple[OsvImport, ...])
        except msgspec.ValidationError:
            return ()

    def functions(self) -> tuple[str, ...]:
        """The functions with the fault, as databases other than Go's name them (`package.module.function`, `crate::f`)."""
        if self.package is None or self.package.ecosystem == "Go" or self.ecosystem_specific is None:
            return ()
        affects = self.ecosystem_specific.affects
        told = [self.ecosystem_specific.affected_functions, affects.get("functions") if isinstance(affects, dict) else None]
        names = [name for item in told if isinstance(item, list | dict) for name in item if isinstance(name, str)]
        return tuple(dict.fromkeys(names))


class OsvReference(msgspec.Struct, frozen=True):
    """A link."""

    url: str = ""


class OsvRecord(msgspec.Struct, frozen=True):
    """A record. `modified`, `withdrawn` are RFC 3339."""

    id: str
    modified: str = ""
    withdrawn: str | None = None
    summary: str | None = ""
    details: str | None = ""
    aliases: tuple[str, ...] | None = ()
    upstream: tuple[str, ...] | None = ()
    severity: tuple[OsvScore, ...] | None = ()
    affected: tuple[OsvAffected, ...] | None = ()
    references: tuple[OsvReference, ...] | None = ()
    database_specific: OsvSpecific | None = None


_decoder = msgspec.json.Decoder(OsvRecord)


def parse(data: bytes) -> OsvRecord:
    """The record in `data`. Raises `Malformed`, `LimitExceeded`."""
    if len(data) > MAX_RECORD_BYTES:
        raise LimitExceeded("bytes of one OSV record", MAX_RECORD_BYTES)
    try:
        record = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as cause:
        raise Malformed("OSV record", str(cause)) from cause
    except RecursionError:
        raise Malformed("OSV record", "nested too deeply") from None
    if not record.id:
        raise Malformed("OSV record", "it has no id")
    if len(record.affected or ()) > MAX_AFFECTED:
        raise LimitExceeded("affected entries of one OSV record", MAX_AFFECTED, where=record.id)
    return record
