"""Sigstore bundles: a signature with what is needed to check it.

Source: sigstore/protobuf-specs, sigstore_bundle.proto; JSON by proto3's mapping. Versions 0.1 to 0.3. Of the verification
material the public key's hint and the time stamps are read here; a bundle with a certificate is told apart, so that nobody
takes it for a wrong key.
"""

import base64

import msgspec

from ringfence.errors import Malformed
from ringfence.formats import dsse, strict_json
from ringfence.formats.dsse import Envelope
from ringfence.model.fact import Fact

MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
_OLDER = "application/vnd.dev.sigstore.bundle+json;version="


class Bundle(Fact):
    """A bundle: either a DSSE envelope or a signature of a digest. `hint` names the key; empty with a certificate."""

    hint: str
    keyless: bool
    envelope: Envelope | None = None
    signature: bytes = b""
    digest: bytes = b""
    """SHA-256 of the message that `signature` is over."""
    stamps: tuple[bytes, ...] = ()
    """Time stamps (RFC 3161) over the signature."""


class _Key(Fact):
    hint: str = ""


class _Stamp(Fact, rename="camel"):
    signed_timestamp: bytes


class _Stamps(Fact, rename="camel"):
    rfc3161_timestamps: tuple[_Stamp, ...] = ()


class _Material(Fact, rename="camel"):
    timestamp_verification_data: _Stamps | None = None
    public_key: _Key | None = None
    certificate: object = None
    x509_certificate_chain: object = msgspec.field(default=None, name="x509CertificateChain")


class _Digest(Fact):
    algorithm: str
    digest: bytes


class _Message(Fact, rename="camel"):
    message_digest: _Digest
    signature: bytes


class _Bundle(Fact, rename="camel"):
    media_type: str
    verification_material: _Material
    dsse_envelope: Envelope | None = None
    message_signature: _Message | None = None


def is_bundle(media_type: str) -> bool:
    """Whether a blob of this media type is a bundle."""
    return media_type == MEDIA_TYPE or media_type.startswith(_OLDER)


def parse(data: bytes) -> Bundle:
    """A bundle. Raises `Malformed`, also for two kinds of content or of material at once."""
    found = strict_json.decode(data, _Bundle, "sigstore bundle")
    if not is_bundle(found.media_type):
        raise Malformed("sigstore bundle", f"its media type is {found.media_type[:60]!r}")
    material = found.verification_material
    keyless = material.certificate is not None or material.x509_certificate_chain is not None
    if keyless == (material.public_key is not None):
        raise Malformed("sigstore bundle", "it needs one of a public key and a certificate")
    hint = material.public_key.hint if material.public_key else ""
    stamped = material.timestamp_verification_data or _Stamps()
    stamps = tuple(item.signed_timestamp for item in stamped.rfc3161_timestamps)
    match found.dsse_envelope, found.message_signature:
        case Envelope() as envelope, None:
            if len(dsse.checked(envelope).signatures) != 1:
                raise Malformed("sigstore bundle", "its envelope must have exactly one signature")
            return Bundle(hint=hint, keyless=keyless, envelope=envelope, stamps=stamps)
        case None, _Message() as message:
            if message.message_digest.algorithm != "SHA2_256":
                raise Malformed("sigstore bundle", "its message digest is not SHA-256")
            digest = message.message_digest.digest
            return Bundle(hint=hint, keyless=keyless, signature=message.signature, digest=digest, stamps=stamps)
        case _:
            raise Malformed("sigstore bundle", "it needs one of a signature and an envelope")


def write(hint: str, envelope: Envelope, stamps: tuple[bytes, ...] = ()) -> bytes:
    """A bundle of an envelope that the key of this hint signed."""
    material: dict[str, object] = {"publicKey": {"hint": hint}}
    if stamps:
        material["timestampVerificationData"] = {"rfc3161Timestamps": [{"signedTimestamp": item} for item in stamps]}
    return msgspec.json.encode(
        {
            "mediaType": MEDIA_TYPE,
            "verificationMaterial": material,
            "dsseEnvelope": msgspec.Raw(dsse.write(envelope)),
        }
    )


def hint_of(public_key: bytes) -> str:
    """The hint of a public key: base64 of the SHA-256 digest (given here) of its SubjectPublicKeyInfo."""
    return base64.b64encode(public_key).decode()
