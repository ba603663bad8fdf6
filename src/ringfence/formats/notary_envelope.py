"""Notary Project signatures: one value out of the two envelopes in use, and both written.

Source: notaryproject/specifications, specs/signature-specification.md, signature-envelope-jws.md,
signature-envelope-cose.md; RFC 7515 (JWS, flattened JSON), RFC 9052 (COSE_Sign1). The header of a JWS is read strictly; that
of a COSE message must be canonical CBOR, so that no two readers see different members. Whether the signature holds is not
known here.
"""

import base64
import binascii
from datetime import UTC, datetime

import cbor2
import msgspec

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import strict_json
from ringfence.formats.oci_image import Descriptor
from ringfence.model.fact import Fact

JWS = "application/jose+json"
COSE = "application/cose"
ARTIFACT_TYPE = "application/vnd.cncf.notary.signature"
PAYLOAD_TYPE = "application/vnd.cncf.notary.payload.v1+json"
THUMBPRINTS = "io.cncf.notary.x509chain.thumbprint#S256"
"""The annotation that lists the digests of the certificates."""
SCHEME_X509 = "notary.x509"
SCHEME_AUTHORITY = "notary.x509.signingAuthority"
MAX_BYTES = 4 * 1024 * 1024
MAX_CHAIN = 10
"""Certificates of one signature."""

_N = "io.cncf.notary."
SIGNING_SCHEME, SIGNING_TIME, AUTHENTIC_TIME = f"{_N}signingScheme", f"{_N}signingTime", f"{_N}authenticSigningTime"
EXPIRY, PLUGIN, PLUGIN_VERSION = f"{_N}expiry", f"{_N}verificationPlugin", f"{_N}verificationPluginMinVersion"
TIMESTAMP, AGENT = f"{_N}timestampSignature", f"{_N}signingAgent"
CRITICAL = frozenset({SIGNING_SCHEME, AUTHENTIC_TIME, EXPIRY, PLUGIN, PLUGIN_VERSION})
"""What may be marked critical: all of it is understood here."""
ALGORITHMS = {"PS256": -37, "PS384": -38, "PS512": -39, "ES256": -7, "ES384": -35, "ES512": -36}
"""JWS' names and COSE's numbers (RFC 9053, RFC 8230)."""
_FORM = "Notary Project signature"


class NotaryEnvelope(Fact):
    """A signature as it came. `chain` has DER certificates, the leaf first; `signed` is what `signature` is over."""

    algorithm: str
    content_type: str
    critical: tuple[str, ...]
    scheme: str
    signing_time: datetime | None
    expiry: datetime | None
    plugin: str
    chain: tuple[bytes, ...]
    signed: bytes
    signature: bytes
    payload: bytes
    timestamp: bytes = b""


class Unsigned(Fact):
    """What is signed, before it is."""

    algorithm: str
    payload: bytes
    signing_time: datetime
    expiry: datetime | None = None


class _Target(Fact, rename="camel"):
    media_type: str
    digest: str
    size: int
    annotations: dict[str, str] | None = None


class _Payload(Fact, rename="camel", forbid_unknown_fields=True):
    target_artifact: _Target


class _Unprotected(Fact):
    x5c: tuple[bytes, ...]
    timestamp: bytes = msgspec.field(default=b"", name=TIMESTAMP)


class _Jws(Fact, forbid_unknown_fields=True):
    payload: str
    protected: str
    header: _Unprotected
    signature: str


class _JwsHeader(Fact):
    alg: str
    cty: str
    crit: tuple[str, ...]
    scheme: str = msgspec.field(name=SIGNING_SCHEME)
    signing_time: datetime | None = msgspec.field(default=None, name=SIGNING_TIME)
    authentic_time: datetime | None = msgspec.field(default=None, name=AUTHENTIC_TIME)
    expiry: datetime | None = msgspec.field(default=None, name=EXPIRY)
    plugin: str = msgspec.field(default="", name=PLUGIN)


class _CoseHeader(Fact):
    """The protected header's members, its numbered ones under their numbers' names."""

    alg: int = msgspec.field(name="1")
    crit: tuple[str, ...] = msgspec.field(name="2")
    cty: str = msgspec.field(name="3")
    scheme: str = msgspec.field(name=SIGNING_SCHEME)
    signing_time: datetime | None = msgspec.field(default=None, name=SIGNING_TIME)
    authentic_time: datetime | None = msgspec.field(default=None, name=AUTHENTIC_TIME)
    expiry: datetime | None = msgspec.field(default=None, name=EXPIRY)
    plugin: str = msgspec.field(default="", name=PLUGIN)


def parse(data: bytes, media_type: str) -> NotaryEnvelope:
    """An envelope of one of the two media types. Raises `Malformed`, `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded(f"bytes of a {_FORM}", MAX_BYTES)
    found = _jws(data) if media_type == JWS else _cose(data)
    if not found.chain or len(found.chain) > MAX_CHAIN:
        raise Malformed(_FORM, f"it has {len(found.chain)} certificates")
    if found.scheme not in (SCHEME_X509, SCHEME_AUTHORITY):
        raise Malformed(_FORM, f"its scheme is {found.scheme[:60]!r}")
    if SIGNING_SCHEME not in found.critical or set(found.critical) - CRITICAL:
        raise Malformed(_FORM, "what it marks as critical is not what the format has")
    if found.expiry is not None and EXPIRY not in found.critical:
        raise Malformed(_FORM, "its expiry is not marked as critical")
    if found.content_type != PAYLOAD_TYPE:
        raise Malformed(_FORM, f"its content is of type {found.content_type[:60]!r}")
    return found


def target(payload: bytes) -> Descriptor:
    """What a payload is about. Read it only after the signature is known to be good. Raises `Malformed`."""
    found = strict_json.decode(payload, _Payload, "Notary Project payload").target_artifact
    return Descriptor(digest=found.digest, media_type=found.media_type, size=found.size, annotations=found.annotations)


def write_payload(image: Descriptor) -> bytes:
    """The payload about an image."""
    return msgspec.json.encode(
        {"targetArtifact": {"mediaType": image.media_type, "digest": image.digest, "size": image.size}}
    )


def _jws(data: bytes) -> NotaryEnvelope:
    outer = strict_json.decode(data, _Jws, _FORM)
    header = strict_json.decode(_url64(outer.protected), _JwsHeader, f"header of a {_FORM}")
    return NotaryEnvelope(
        algorithm=header.alg,
        content_type=header.cty,
        critical=header.crit,
        scheme=header.scheme,
        signing_time=_utc(header.signing_time or header.authentic_time),
        expiry=_utc(header.expiry),
        plugin=header.plugin,
        chain=outer.header.x5c,
        signed=f"{outer.protected}.{outer.payload}".encode(),
        signature=_url64(outer.signature),
        payload=_url64(outer.payload),
        timestamp=outer.header.timestamp,
    )


def _cose(data: bytes) -> NotaryEnvelope:
    message = _cbor(data)
    if not isinstance(message, cbor2.CBORTag) or message.tag != 18:
        raise Malformed(_FORM, "it is no tagged COSE_Sign1 message")
    try:
        protected, unprotected, payload, signature = msgspec.convert(
            message.value, tuple[bytes, dict[int | str, object], bytes, bytes]
        )
        header = _cbor(protected)
        if cbor2.dumps(header, canonical=True, datetime_as_timestamp=True) != protected:
            raise Malformed(_FORM, "its header is not canonical CBOR")
        members = {str(name): value for name, value in msgspec.convert(header, dict[int | str, object]).items()}
        head = msgspec.convert(members, _CoseHeader)
        chain = msgspec.convert(unprotected.get(33, ()), bytes | tuple[bytes, ...])
        stamp = msgspec.convert(unprotected.get(TIMESTAMP, b""), bytes)
    # ValueError: ValidationError too, and dates out of range; cbor2's encoder has its own.
    except (ValueError, TypeError, OverflowError, cbor2.CBOREncodeError) as cause:
        raise Malformed(_FORM, str(cause)) from cause
    names = {number: name for name, number in ALGORITHMS.items()}
    return NotaryEnvelope(
        algorithm=names.get(head.alg, str(head.alg)),
        content_type=head.cty,
        critical=head.crit,
        scheme=head.scheme,
        signing_time=_utc(head.signing_time or head.authentic_time),
        expiry=_utc(head.expiry),
        plugin=head.plugin,
        chain=(chain,) if isinstance(chain, bytes) else chain,
        signed=cbor2.dumps(["Signature1", protected, b"", payload]),
        signature=signature,
        payload=payload,
        timestamp=stamp,
    )


def _cbor(data: bytes) -> object:
    try:
        return cbor2.loads(data)
    # cbor2 lets through what its own types raise.
    except (cbor2.CBORDecodeError, ValueError, TypeError, OverflowError, RecursionError, MemoryError, OSError) as cause:
        raise Malformed(_FORM, f"no CBOR: {str(cause)[:100]}") from cause


def _url64(text: str) -> bytes:
    try:
        if "=" in text or not text.isascii():
            raise Malformed(_FORM, "it is no base64url without padding")
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as cause:
        raise Malformed(_FORM, "it is no base64url") from cause


def _utc(at: datetime | None) -> datetime | None:
    """A moment with its zone: one without is refused, since it says no moment."""
    if at is not None and at.tzinfo is None:
        raise Malformed(_FORM, "a time without a zone")
    return at


def to_sign_jws(draft: Unsigned) -> tuple[bytes, str]:
    """The bytes to sign, and the protected header that `write_jws` wants."""
    header: dict[str, object] = {
        "alg": draft.algorithm,
        "cty": PAYLOAD_TYPE,
        "crit": [SIGNING_SCHEME, *([EXPIRY] if draft.expiry else [])],
        SIGNING_SCHEME: SCHEME_X509,
        SIGNING_TIME: _text(draft.signing_time),
        **({EXPIRY: _text(draft.expiry)} if draft.expiry else {}),
    }
    protected = _unpadded(msgspec.json.encode(header))
    return f"{protected}.{_unpadded(draft.payload)}".encode(), protected


def write_jws(draft: Unsigned, protected: str, signature: bytes, chain: tuple[bytes, ...], timestamp: bytes = b"") -> bytes:
    """The envelope."""
    header: dict[str, object] = {"x5c": list(chain), AGENT: "ringfence"}
    return msgspec.json.encode(
        {
            "payload": _unpadded(draft.payload),
            "protected": protected,
            "header": {**header, TIMESTAMP: timestamp} if timestamp else header,
            "signature": _unpadded(signature),
        }
    )


def to_sign_cose(draft: Unsigned) -> tuple[bytes, bytes]:
    """The bytes to sign, and the protected header that `write_cose` wants."""
    header: dict[int | str, object] = {
        1: ALGORITHMS[draft.algorithm],
        2: [SIGNING_SCHEME, *([EXPIRY] if draft.expiry else [])],
        3: PAYLOAD_TYPE,
        SIGNING_SCHEME: SCHEME_X509,
        SIGNING_TIME: draft.signing_time,
        **({EXPIRY: draft.expiry} if draft.expiry else {}),
    }
    protected = cbor2.dumps(header, canonical=True, datetime_as_timestamp=True)
    return cbor2.dumps(["Signature1", protected, b"", draft.payload]), protected


def write_cose(
    draft: Unsigned, protected: bytes, signature: bytes, chain: tuple[bytes, ...], timestamp: bytes = b""
) -> bytes:
    """The envelope."""
    header: dict[int | str, object] = {33: list(chain), AGENT: "ringfence"}
    if timestamp:
        header[TIMESTAMP] = timestamp
    return cbor2.dumps(cbor2.CBORTag(18, [protected, header, draft.payload, signature]))


def _unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
