"""Signed envelopes: a payload with its type, and signatures over both.

Source: secure-systems-lab/dsse, protocol.md and envelope.md. The signature covers the pre-authentication encoding of type
and payload, so neither can be taken for another.
"""

import base64

import msgspec

from ringfence.errors import Malformed
from ringfence.formats import strict_json
from ringfence.model.fact import Fact

MEDIA_TYPE = "application/vnd.dsse.envelope.v1+json"
IN_TOTO = "application/vnd.in-toto+json"


class EnvelopeSignature(Fact):
    """One signature. `keyid` is a hint of the signer's, unauthenticated."""

    sig: bytes
    keyid: str | None = None


class Envelope(Fact, rename="camel"):
    """An envelope as it came; nothing in it is believed before a signature is."""

    payload: bytes
    payload_type: str
    signatures: tuple[EnvelopeSignature, ...]

    def signed(self) -> bytes:
        """The bytes that are signed: `DSSEv1 LEN(type) type LEN(payload) payload`."""
        kind = self.payload_type.encode()
        return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(self.payload), self.payload)


def parse(data: bytes) -> Envelope:
    """An envelope with one signature at least. Raises `Malformed`."""
    return checked(strict_json.decode(data, Envelope, "DSSE envelope"))


def checked(found: Envelope) -> Envelope:
    """The envelope if it has a signature. Raises `Malformed`."""
    if not found.signatures:
        raise Malformed("DSSE envelope", "it has no signature")
    return found


def write(envelope: Envelope) -> bytes:
    """The envelope's JSON."""
    return msgspec.json.encode(
        {
            "payloadType": envelope.payload_type,
            "payload": base64.b64encode(envelope.payload).decode(),
            "signatures": [
                {"keyid": item.keyid or "", "sig": base64.b64encode(item.sig).decode()} for item in envelope.signatures
            ],
        }
    )
