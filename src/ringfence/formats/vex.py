"""A VEX document of any of the three kinds, told apart by its own keys."""

import msgspec

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import csaf_vex, cyclonedx_vex, openvex
from ringfence.model.vex import VexStatement

MAX_BYTES = 64 * 1024 * 1024
"""Bytes of one document; the largest of public hubs are about 10 MB."""


class _Keys(msgspec.Struct, frozen=True):
    context: str = msgspec.field(default="", name="@context")
    form: str = msgspec.field(default="", name="bomFormat")
    document: msgspec.Raw = msgspec.Raw()


def parse(data: bytes, path: str) -> tuple[VexStatement, ...]:
    """The statements of the document at `path`: OpenVEX, CSAF or CycloneDX. Raises `Malformed`, `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of one VEX document", MAX_BYTES, where=path)
    try:
        keys = msgspec.json.decode(data, type=_Keys)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise Malformed("VEX document", str(cause), where=path) from cause
    if "openvex" in keys.context:
        return openvex.parse(data, path)
    if keys.form == "CycloneDX":
        return cyclonedx_vex.parse(data, path)
    if bytes(keys.document):
        return csaf_vex.parse(data, path)
    raise Malformed("VEX document", "it is neither OpenVEX, CSAF nor CycloneDX", where=path, mend="give one of these")
