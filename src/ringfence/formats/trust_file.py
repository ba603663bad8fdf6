"""The file of a root of trust: every version from the first on, each in an envelope with its signatures.

That all versions are kept lets whoever trusts one of them follow to the newest, signature by signature (TUF specification,
5.3).
"""

import msgspec

from ringfence.errors import Malformed
from ringfence.formats import dsse, strict_json, trust_document
from ringfence.formats.dsse import Envelope
from ringfence.formats.trust_document import TrustDocument
from ringfence.model.fact import Fact

SCHEMA = "ringfence/trust-file/v1"
FORM = "file of a root of trust"
MAX_BYTES = 64 * 1024 * 1024
"""Bytes of a file: a year of weekly versions of the largest."""
MAX_VERSIONS = 5_000
MAX_SIGNATURES = 100
"""Signatures of one version."""


class SignedVersion(Fact):
    """A version and its envelope. `document` is believed only when the envelope's signatures are."""

    envelope: Envelope
    document: TrustDocument


class _File(Fact, forbid_unknown_fields=True):
    schema: str
    versions: tuple[Envelope, ...]


def parse(data: bytes) -> tuple[SignedVersion, ...]:
    """The versions, the oldest first. Raises `Malformed` unless they count up by one and are of one root."""
    found = strict_json.decode(data, _File, FORM, MAX_BYTES)
    if found.schema != SCHEMA or not 1 <= len(found.versions) <= MAX_VERSIONS:
        raise Malformed(FORM, f"its schema is {found.schema[:60]!r}, with {len(found.versions)} versions")
    versions = tuple(_version(item) for item in found.versions)
    for place, item in enumerate(versions):
        if item.document.version != versions[0].document.version + place or item.document.id != versions[0].document.id:
            raise Malformed(FORM, f"its version {item.document.version} does not follow the one before it")
    return versions


def _version(envelope: Envelope) -> SignedVersion:
    if envelope.payload_type != trust_document.PAYLOAD_TYPE or len(envelope.signatures) > MAX_SIGNATURES:
        raise Malformed(FORM, f"a version of type {envelope.payload_type[:60]!r}")
    return SignedVersion(envelope=envelope, document=trust_document.parse(envelope.payload))


def write(versions: tuple[Envelope, ...]) -> bytes:
    """The file's JSON."""
    written = [msgspec.Raw(dsse.write(item)) for item in versions]
    return msgspec.json.format(msgspec.json.encode({"schema": SCHEMA, "versions": written}))
