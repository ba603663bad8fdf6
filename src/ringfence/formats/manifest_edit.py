"""A changed manifest or index: the members that change are replaced, every other one stays as it was written.

Source: OCI image-spec 1.1, manifest.md and image-index.md. Members nobody here knows (`artifactType`, `subject`,
annotations of a later version) must survive, so these documents are edited, not written anew from a narrower type.
"""

from collections.abc import Mapping

import msgspec

from ringfence.errors import Malformed
from ringfence.formats import typed_json
from ringfence.formats.oci_image import REF_NAME, Descriptor
from ringfence.model.fact import Fact

Members = dict[str, msgspec.Raw]


class Changed(Fact):
    """What becomes of a descriptor: None keeps a member, an annotation mapped to None goes."""

    digest: str | None = None
    size: int | None = None
    media_type: str | None = None
    annotations: dict[str, str | None] = {}


class _Listed(msgspec.Struct):
    annotations: dict[str, str] | None = None


def change(manifest: bytes, member: str, changes: Mapping[int, Changed]) -> bytes:
    """The document with descriptors of `member` (`layers` or `manifests`) changed, by their place. Raises `Malformed`."""
    document = typed_json.decode(manifest, Members, "image manifest")
    listed = typed_json.decode(bytes(document.get(member, msgspec.Raw(b"[]"))), list[Members], "image manifest")
    for place, wanted in changes.items():
        listed[place] = _descriptor(listed[place], wanted)
    document[member] = msgspec.Raw(msgspec.json.encode(listed))
    return msgspec.json.encode(document)


def _descriptor(members: Members, wanted: Changed) -> Members:
    changed = dict(members)
    for name, value in (("digest", wanted.digest), ("size", wanted.size), ("mediaType", wanted.media_type)):
        if value is not None:
            changed[name] = msgspec.Raw(msgspec.json.encode(value))
    if wanted.annotations:
        old = typed_json.decode(bytes(changed.get("annotations", msgspec.Raw(b"{}"))), dict[str, str], "annotations")
        merged = {**old, **wanted.annotations}
        kept = {name: value for name, value in merged.items() if value is not None}
        changed.pop("annotations", None)
        if kept:
            changed["annotations"] = msgspec.Raw(msgspec.json.encode(kept))
    return changed


def name(index: bytes, descriptor: Descriptor, tag: str) -> bytes:
    """A layout's index in which `tag` means `descriptor`, whatever it meant before. Raises `Malformed`."""
    document = typed_json.decode(index, Members, "image index")
    listed = typed_json.decode(bytes(document.get("manifests", msgspec.Raw(b"[]"))), list[msgspec.Raw], "image index")
    others = [item for item in listed if _tag(item) != tag]
    entry = {"mediaType": descriptor.media_type, "digest": descriptor.digest, "size": descriptor.size}
    named = {**entry, "annotations": {REF_NAME: tag}} if tag else entry
    document["manifests"] = msgspec.Raw(msgspec.json.encode([*others, named]))
    return msgspec.json.encode(document)


def _tag(item: msgspec.Raw) -> str:
    try:
        return (typed_json.decode(bytes(item), _Listed, "image index").annotations or {}).get(REF_NAME, "")
    except Malformed:
        return ""
