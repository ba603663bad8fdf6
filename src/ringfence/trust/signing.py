"""Signs images and attests to them, in both forms that are in use.

By default a signature is written twice: as cosign 1 and 2 write it (tag `sha256-HEX.sig`), which podman, skopeo and older
verifiers read, and as the bundle of cosign 3 (a referrer), which newer ones read. Attestations likewise (`.att`).
"""

import base64
from collections.abc import Callable

import msgspec

from ringfence.errors import UnreadableInput
from ringfence.formats import dsse, in_toto, oci_image, sigstore_bundle, simple_signing
from ringfence.formats.dsse import Envelope, EnvelopeSignature
from ringfence.formats.in_toto import Statement, Subject
from ringfence.formats.oci_image import Descriptor
from ringfence.formats.simple_signing import Claim
from ringfence.trust.repository import EMPTY, MANIFEST, Repository, WritableRepository, described, fallback_tag
from ringfence.trust.signer import Signer
from ringfence.trust.vouchers import SIGNATURE, STAMP

_CONFIG = "application/vnd.oci.image.config.v1+json"
_NO_TIME = "0001-01-01T00:00:00Z"
"""What cosign writes for the time of a signature's image: none."""


Stamp = Callable[[bytes], bytes]
"""Gives a time stamp (an RFC 3161 response) over a signature."""


def sign(repository: WritableRepository, reference: str, key: Signer, name: str, stamp: Stamp | None = None) -> str:
    """Signs the image of a tag or digest under `name` (`registry/path`); gives the digest that was signed.

    Raises `UnreadableInput` if there is no such image.
    """
    image = _image(repository, reference)
    payload = simple_signing.write(Claim(digest=image.digest, reference=name), simple_signing.COSIGN)
    signature = key.sign(payload)
    annotation = {SIGNATURE: base64.b64encode(signature).decode()}
    if stamp is not None:
        annotation[STAMP] = msgspec.json.encode({"SignedRFC3161Timestamp": stamp(signature)}).decode()
    _append(repository, image, ".sig", payload, simple_signing.MEDIA_TYPE, annotation)
    _refer(repository, image, _bundle(_envelope(image, key, name, in_toto.COSIGN_SIGN, {}), key, stamp), in_toto.COSIGN_SIGN)
    return image.digest


def family(repository: Repository, reference: str, *, recursive: bool) -> tuple[str, ...]:
    """The digest of a manifest and, if asked, of every image of its index: policy.json(5) judges the image of a platform."""
    image = _image(repository, reference)
    data = repository.manifest(image.digest)
    listed = oci_image.parse_manifest(data).manifests if data and recursive else ()
    return (image.digest, *(item.digest for item in listed or ()))


def attest(
    repository: WritableRepository, reference: str, key: Signer, name: str, predicate_type: str, predicate: object
) -> str:
    """States a predicate (JSON) about the image of a tag or digest; gives the digest that it is about.

    Raises `UnreadableInput` if there is no such image.
    """
    image = _image(repository, reference)
    envelope = _envelope(image, key, name, predicate_type, predicate)
    annotation = {SIGNATURE: "", "predicateType": predicate_type}
    _append(repository, image, ".att", dsse.write(envelope), dsse.MEDIA_TYPE, annotation)
    _refer(repository, image, _bundle(envelope, key, None), predicate_type)
    return image.digest


def _image(repository: Repository, reference: str) -> Descriptor:
    data = repository.manifest(reference)
    if data is None:
        raise UnreadableInput("there is no such image", where=reference, mend="check its tag")
    return described(data)


def _envelope(image: Descriptor, key: Signer, name: str, predicate_type: str, predicate: object) -> Envelope:
    algorithm, _, digits = image.digest.partition(":")
    statement = Statement(
        type=in_toto.TYPES[0],
        subject=(Subject(name=name, digest={algorithm: digits}),),
        predicate_type=predicate_type,
        predicate=predicate,
    )
    unsigned = Envelope(payload=in_toto.write(statement), payload_type=dsse.IN_TOTO, signatures=())
    return msgspec.structs.replace(unsigned, signatures=(EnvelopeSignature(sig=key.sign(unsigned.signed())),))


def _append(
    repository: WritableRepository,
    image: Descriptor,
    suffix: str,
    payload: bytes,
    media_type: str,
    annotations: dict[str, str],
) -> None:
    """Adds a layer to the image at the tag `sha256-HEX` + `suffix`, which is made if there is none."""
    tag = f"{fallback_tag(image.digest)}{suffix}"
    old = repository.manifest(tag)
    layers = [_written(item) for item in (oci_image.parse_manifest(old).layers or ())] if old else []
    blob = repository.put_blob(payload)
    layers.append(_written(msgspec.structs.replace(blob, media_type=media_type, annotations=annotations)))
    config = {
        "architecture": "",
        "created": _NO_TIME,
        "history": [{"created": _NO_TIME}] * len(layers),
        "os": "",
        "rootfs": {"type": "layers", "diff_ids": [item["digest"] for item in layers]},
        "config": {},
    }
    stored = repository.put_blob(msgspec.json.encode(config))
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": _written(msgspec.structs.replace(stored, media_type=_CONFIG)),
        "layers": layers,
    }
    repository.put_manifest(msgspec.json.encode(manifest), MANIFEST, tag)


def _bundle(envelope: Envelope, key: Signer, stamp: Stamp | None) -> bytes:
    stamps = (stamp(envelope.signatures[0].sig),) if stamp is not None else ()
    return sigstore_bundle.write(key.public.hint, envelope, stamps)


def _refer(repository: WritableRepository, image: Descriptor, bundle: bytes, predicate_type: str) -> None:
    """Adds a bundle that refers to the image."""
    blob = repository.put_blob(bundle)
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": sigstore_bundle.MEDIA_TYPE,
        "config": _written(msgspec.structs.replace(repository.put_blob(b"{}"), media_type=EMPTY)),
        "layers": [_written(msgspec.structs.replace(blob, media_type=sigstore_bundle.MEDIA_TYPE))],
        "subject": _written(image),
        "annotations": {
            "dev.sigstore.bundle.content": "dsse-envelope",
            "dev.sigstore.bundle.predicateType": predicate_type,
        },
    }
    repository.put_referrer(msgspec.json.encode(manifest), image.digest, sigstore_bundle.MEDIA_TYPE)


def _written(item: Descriptor) -> dict[str, object]:
    """A descriptor's JSON."""
    made: dict[str, object] = {"mediaType": item.media_type, "digest": item.digest, "size": item.size}
    return {**made, "annotations": item.annotations} if item.annotations else made
