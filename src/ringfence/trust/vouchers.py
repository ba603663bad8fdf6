"""Everything that is attached to an image and claims to vouch for it, in whatever form and place its maker used.

Places: the tags `sha256-HEX.sig` and `.att` (cosign 1 and 2), the referrers of the manifest and the fallback tag
`sha256-HEX` (cosign 3, OCI 1.1). Nothing here is believed yet. The `artifactType` in a fallback index is passed over:
cosign writes the empty type there, so what a referrer is is seen in its own manifest.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from ringfence.errors import LimitExceeded, Malformed, RingfenceError
from ringfence.formats import dsse, notary_envelope, oci_image, sigstore_bundle, simple_signing, strict_json
from ringfence.formats.dsse import Envelope
from ringfence.formats.oci_image import Descriptor
from ringfence.formats.sigstore_bundle import Bundle
from ringfence.model.fact import Fact
from ringfence.trust.repository import Repository, fallback_tag

SIGNATURE = "dev.cosignproject.cosign/signature"
"""The annotation that holds a cosign signature, in base64."""
STAMP = "dev.sigstore.cosign/rfc3161timestamp"
"""The annotation that holds a time stamp over the signature, in JSON."""
MAX_VOUCHERS = 500
"""Signatures and attestations of one image that are looked at: each costs a fetch and the work of verifying."""


@dataclass(frozen=True, slots=True)
class Simple:
    """cosign's simple signing: the claim's bytes and a signature over them."""

    where: str
    payload: bytes
    signature: bytes
    stamps: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Attested:
    """An in-toto statement in an envelope."""

    where: str
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Bundled:
    """A sigstore bundle, and its bytes as they came."""

    where: str
    bundle: Bundle
    data: bytes


@dataclass(frozen=True, slots=True)
class Notarised:
    """A Notary Project signature in one of its two envelopes."""

    where: str
    data: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class OpenPgp:
    """A signed OpenPGP message, as podman and skopeo keep it beside an image."""

    where: str
    message: bytes


@dataclass(frozen=True, slots=True)
class Broken:
    """Something that stands where a signature should and is none."""

    where: str
    why: str


Voucher = Simple | Attested | Bundled | Notarised | OpenPgp | Broken


def attached(repository: Repository, digest: str) -> Iterator[Voucher]:
    """All that is attached to the manifest `digest`. Raises `LimitExceeded` past `MAX_VOUCHERS`."""
    found = 0
    for name, data in _manifests(repository, digest):
        for voucher in _in_manifest(repository, name, data):
            found += 1
            if found > MAX_VOUCHERS:
                raise LimitExceeded("signatures of one image", MAX_VOUCHERS, where=digest)
            yield voucher


def _manifests(repository: Repository, digest: str) -> Iterator[tuple[str, bytes]]:
    tag = fallback_tag(digest)
    for suffix in (".sig", ".att"):
        data = repository.manifest(f"{tag}{suffix}")
        if data is not None:
            yield f"{tag[:14]}…{suffix}", data
    for reference in repository.referrers(digest):
        data = repository.manifest(reference)
        if data is not None:
            yield f"referrer {reference[:14]}…", data


def _in_manifest(repository: Repository, name: str, data: bytes) -> Iterator[Voucher]:
    try:
        layers = oci_image.parse_manifest(data).layers or ()
    except Malformed as fault:
        yield Broken(name, fault.wrong)
        return
    for number, layer in enumerate(layers):
        where = f"{name} #{number}"
        try:
            yield _voucher(repository, where, layer)
        except RingfenceError as fault:
            yield Broken(where, fault.wrong)


def _voucher(repository: Repository, where: str, layer: Descriptor) -> Voucher:
    if layer.media_type == simple_signing.MEDIA_TYPE:
        text = (layer.annotations or {}).get(SIGNATURE, "")
        try:
            signature = base64.b64decode(text, validate=True)
        except ValueError as cause:
            raise Malformed("cosign signature", "it is no base64") from cause
        if not signature:
            raise Malformed("cosign signature", f"there is no {SIGNATURE}")
        return Simple(where, repository.blob(layer.digest), signature, _stamps(layer))
    if layer.media_type == dsse.MEDIA_TYPE:
        return Attested(where, dsse.parse(repository.blob(layer.digest)))
    if sigstore_bundle.is_bundle(layer.media_type):
        data = repository.blob(layer.digest)
        return Bundled(where, sigstore_bundle.parse(data), data)
    if layer.media_type in (notary_envelope.JWS, notary_envelope.COSE):
        return Notarised(where, repository.blob(layer.digest), layer.media_type)
    return Broken(where, f"its media type {layer.media_type!r} is that of no signature")


class _Stamped(Fact):
    """What cosign writes into the annotation."""

    stamp: bytes = msgspec.field(name="SignedRFC3161Timestamp")


def _stamps(layer: Descriptor) -> tuple[bytes, ...]:
    text = (layer.annotations or {}).get(STAMP)
    return (strict_json.decode(text.encode(), _Stamped, "time stamp of a signature").stamp,) if text else ()
