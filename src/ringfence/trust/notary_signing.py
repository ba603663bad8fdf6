"""Signs images as the Notary Project does: a referrer that holds a JWS or a COSE envelope.

Source: notaryproject/specifications, specs/signature-specification.md, "Storage" and "OCI Signatures".
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from ringfence.errors import UnreadableInput
from ringfence.formats import notary_envelope
from ringfence.formats.notary_envelope import Unsigned
from ringfence.formats.notary_policy import Level
from ringfence.formats.oci_image import Descriptor
from ringfence.trust import notary, notary_algorithm, timestamps
from ringfence.trust.repository import EMPTY, MANIFEST, WritableRepository, described
from ringfence.trust.signer import Signer
from ringfence.trust.signing import Stamp

_OWN = Level(acts=("enforce", "enforce", "enforce", "skip"))
"""What is asked of what was made here; whether its certificates are revoked is for whoever verifies."""


@dataclass(frozen=True, slots=True)
class NotaryDraft:
    """How to sign: with which certificates (the signer's first, the root last), in which envelope, from when, until when."""

    chain: tuple[x509.Certificate, ...]
    now: datetime
    expiry: datetime | None = None
    cose: bool = False
    stamp: Stamp | None = None


def sign(repository: WritableRepository, reference: str, key: Signer, draft: NotaryDraft) -> str:
    """Signs the image of a tag or digest; gives the digest that was signed. Raises `UnreadableInput`, `Refused`.

    What was made is verified before it is stored: certificates that nobody would accept are told of here.
    """
    data = repository.manifest(reference)
    if data is None:
        raise UnreadableInput("there is no such image", where=reference, mend="check its tag")
    image = described(data)
    if draft.chain[0].public_key() != key.public.key:
        raise UnreadableInput("the first certificate is not that of the key", mend="give the signer's certificate first")
    envelope, media_type = _envelope(image, key, draft)
    signer = notary.NotarySigner("the certificates given", trusted=draft.chain[-1:], level=_OWN)
    notary.verify(notary_envelope.parse(envelope, media_type), image, signer, draft.now)
    _refer(repository, image, envelope, media_type, draft.chain)
    return image.digest


def _envelope(image: Descriptor, key: Signer, draft: NotaryDraft) -> tuple[bytes, str]:
    unsigned = Unsigned(
        algorithm=notary_algorithm.of(key.public.key),
        payload=notary_envelope.write_payload(image),
        signing_time=draft.now,
        expiry=draft.expiry,
    )
    chain = tuple(item.public_bytes(serialization.Encoding.DER) for item in draft.chain)
    if draft.cose:
        data, header = notary_envelope.to_sign_cose(unsigned)
        signature, stamp = _signed(key, data, draft)
        return notary_envelope.write_cose(unsigned, header, signature, chain, stamp), notary_envelope.COSE
    data, protected = notary_envelope.to_sign_jws(unsigned)
    signature, stamp = _signed(key, data, draft)
    return notary_envelope.write_jws(unsigned, protected, signature, chain, stamp), notary_envelope.JWS


def _signed(key: Signer, data: bytes, draft: NotaryDraft) -> tuple[bytes, bytes]:
    signature = key.sign_notary(data)
    return signature, timestamps.token(draft.stamp(signature)) if draft.stamp is not None else b""


def _refer(
    repository: WritableRepository,
    image: Descriptor,
    envelope: bytes,
    media_type: str,
    chain: tuple[x509.Certificate, ...],
) -> None:
    blob, empty = repository.put_blob(envelope), repository.put_blob(b"{}")
    prints = [hashlib.sha256(item.public_bytes(serialization.Encoding.DER)).hexdigest() for item in chain]
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": notary_envelope.ARTIFACT_TYPE,
        "config": {"mediaType": EMPTY, "digest": empty.digest, "size": empty.size},
        "layers": [{"mediaType": media_type, "digest": blob.digest, "size": blob.size}],
        "subject": {"mediaType": image.media_type, "digest": image.digest, "size": image.size},
        "annotations": {notary_envelope.THUMBPRINTS: msgspec.json.encode(prints).decode()},
    }
    repository.put_referrer(msgspec.json.encode(manifest), image.digest, notary_envelope.ARTIFACT_TYPE)
