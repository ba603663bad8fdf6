"""What a runtime asks of whoever opens encrypted layers for it.

Sources: containerd/imgcrypt, `images/encryption/payload.go` (a stream processor's payload); containers/ocicrypt,
docs/keyprovider.md (the protocol of a key provider's command). `[]byte` of Go is base64 in JSON.
"""

from typing import Literal

import msgspec

from ringfence.errors import Malformed
from ringfence.formats import protobuf_any, strict_json
from ringfence.formats.oci_image import Descriptor
from ringfence.model.fact import Fact

PAYLOAD = "io.containerd.ocicrypt.v1.Payload"


class _Payload(Fact):
    descriptor: Descriptor = msgspec.field(name="Descriptor")


def layer_of(payload: bytes) -> Descriptor:
    """The layer that a stream processor is asked to decrypt. Raises `Malformed`."""
    message = protobuf_any.parse(payload)
    if message.type_url.rpartition("/")[2] != PAYLOAD:
        raise Malformed("stream processor payload", f"its type is {message.type_url[:80]!r}")
    return strict_json.decode(message.value, _Payload, "stream processor payload").descriptor


class _Wrap(Fact):
    options: bytes = msgspec.field(name="optsdata")


class _Unwrap(Fact):
    annotation: bytes


class KeyRequest(Fact):
    """What a key provider is asked: to wrap private options, or to unwrap what it once wrapped."""

    op: Literal["keywrap", "keyunwrap"]
    wrap: _Wrap | None = msgspec.field(default=None, name="keywrapparams")
    unwrap: _Unwrap | None = msgspec.field(default=None, name="keyunwrapparams")

    @property
    def data(self) -> bytes:
        """The bytes it is about. Raises `Malformed` if the parameters are not those of the operation."""
        if self.op == "keywrap" and self.wrap is not None:
            return self.wrap.options
        if self.op == "keyunwrap" and self.unwrap is not None:
            return self.unwrap.annotation
        raise Malformed("key provider request", f"{self.op} has no parameters")


def key_request(data: bytes) -> KeyRequest:
    """A request. Raises `Malformed`."""
    return strict_json.decode(data, KeyRequest, "key provider request")


def key_answer(request: KeyRequest, result: bytes) -> bytes:
    """The answer's JSON."""
    if request.op == "keywrap":
        return msgspec.json.encode({"keywrapresults": {"annotation": result}})
    return msgspec.json.encode({"keyunwrapresults": {"optsdata": result}})
