"""The claim that a simple signature is about: this digest, under this name.

Source: containers/image, docs/containers-signature.5.md; sigstore/cosign, specs/SIGNATURE_SPEC.md.
Two types of one shape: `atomic container signature` (OpenPGP) and `cosign container image signature`. Parse it only after
its signature is known to be good.
"""

import msgspec

from ringfence.errors import Malformed
from ringfence.formats import oci_image, strict_json
from ringfence.model.fact import Fact

COSIGN = "cosign container image signature"
ATOMIC = "atomic container signature"
MEDIA_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json"
"""Of the blob that holds a cosign claim."""


class Claim(Fact):
    """What a signer says: the image's manifest has `digest`, and is known as `reference`."""

    digest: str
    reference: str


class _Identity(Fact, forbid_unknown_fields=True):
    docker_reference: str = msgspec.field(name="docker-reference")


class _Image(Fact, forbid_unknown_fields=True):
    digest: str = msgspec.field(name="docker-manifest-digest")


class _Critical(Fact, forbid_unknown_fields=True):
    type: str
    image: _Image
    identity: _Identity


class _Payload(Fact, forbid_unknown_fields=True):
    critical: _Critical
    optional: dict[str, object] | None


def parse(data: bytes, kind: str) -> Claim:
    """A claim of type `kind` (`COSIGN` or `ATOMIC`). Raises `Malformed` for any member the format does not have."""
    found = strict_json.decode(data, _Payload, "signed claim").critical
    if found.type != kind:
        raise Malformed("signed claim", f"its type is {found.type[:60]!r}, not {kind!r}")
    if not oci_image.is_digest(found.image.digest):
        raise Malformed("signed claim", "what it is about is no digest")
    if not found.identity.docker_reference:
        raise Malformed("signed claim", "it names no image")
    return Claim(digest=found.image.digest, reference=found.identity.docker_reference)


def write(claim: Claim, kind: str, optional: dict[str, str | int] | None = None) -> bytes:
    """The claim as cosign and containers/image write it. `ATOMIC` wants `optional` to be a map."""
    critical = {
        "identity": {"docker-reference": claim.reference},
        "image": {"docker-manifest-digest": claim.digest},
        "type": kind,
    }
    return msgspec.json.encode({"critical": critical, "optional": optional})
