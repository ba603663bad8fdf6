"""Any of the documents that describe a container: an OCI `config.json`, an engine's or a CRI runtime's inspection.

Which one it is shows by its own fields, so that nobody has to say it.
"""

import re

import msgspec

from ringfence.errors import Malformed
from ringfence.formats import engine_inspection, oci_runtime_spec, spec_record, typed_json
from ringfence.formats.engine_inspection import Inspection
from ringfence.formats.oci_runtime_spec import RuntimeSpec
from ringfence.formats.spec_record import SpecRecord

FORM = "description of a container"
KINDS = "an OCI config.json, or what docker, podman, crictl or ctr print of a container"
HEAD = 64 * 1024
"""Bytes in which `recognised` looks for what a document is."""
MANIFEST_KEY = re.compile(rb'(?<!\\)"apiVersion"\s*:')


class _Keys(msgspec.Struct):
    ociVersion: str | None = None  # noqa: N815 - the name in the file
    HostConfig: msgspec.Raw = msgspec.Raw(b"")
    info: msgspec.Raw = msgspec.Raw(b"")
    Spec: msgspec.Raw = msgspec.Raw(b"")


def recognised(head: bytes) -> bool:
    """Whether something that begins so is JSON but no Kubernetes manifest."""
    return head.lstrip()[:1] in (b"{", b"[") and MANIFEST_KEY.search(head) is None


def parse(data: bytes) -> tuple[Inspection | SpecRecord | RuntimeSpec, ...]:
    """Every container in the document. Raises `Malformed` or `LimitExceeded`."""
    if data.lstrip()[:1] != b"[":
        return (_one(data),)
    parts = typed_json.decode(data, tuple[msgspec.Raw, ...], FORM)
    if not parts:
        raise Malformed(FORM, "it has no container in it")
    if len(parts) > engine_inspection.MAX_CONTAINERS:
        raise Malformed(FORM, f"it has more than {engine_inspection.MAX_CONTAINERS} containers in it")
    return tuple(_one(bytes(part)) for part in parts)


def _one(data: bytes) -> Inspection | SpecRecord | RuntimeSpec:
    keys = typed_json.decode(data, _Keys, FORM)
    if keys.ociVersion is not None:
        return oci_runtime_spec.parse(data)
    if bytes(keys.HostConfig):
        return engine_inspection.parse_one(data)
    if bytes(keys.info):
        return spec_record.parse_cri(data)
    if bytes(keys.Spec):
        return spec_record.parse_containerd(data)
    raise Malformed(FORM, f"it is none of these: {KINDS}")
