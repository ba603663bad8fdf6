"""A private key in a key management service, through sigstore's plug-in programs: `NAME://KEY` is asked of
`sigstore-kms-NAME`.

Source: sigstore/sigstore, pkg/signature/kms/cliplugin (protocol v1): the program gets `v1` and a JSON document as arguments,
the message on standard input, and answers in JSON. Programs exist for the services that cosign knows and for others; what a
program needs of the environment (credentials) it is given.
"""

import os
import re
from collections.abc import Mapping
from functools import cached_property

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from ringfence.errors import Unavailable
from ringfence.formats import typed_json
from ringfence.io import process
from ringfence.model.fact import Fact
from ringfence.trust import notary_algorithm, public_keys
from ringfence.trust.faults import Refused
from ringfence.trust.public_keys import PublicKey

PROGRAM = "sigstore-kms-"
SECONDS = 60.0
"""How long a service may take."""
_HASHES = {"sha256": 5, "sha384": 6, "sha512": 7}
"""Numbers of Go's crypto.Hash."""
_WORD = re.compile(r"([a-z0-9][a-z0-9+.-]{0,40})://.+", re.DOTALL)


class _PublicKey(Fact):
    public_key: bytes = msgspec.field(name="publicKeyPEM")


class _Signature(Fact):
    signature: bytes


class _Answer(Fact, rename="camel"):
    error_message: str = ""
    public_key: _PublicKey | None = None
    sign_message: _Signature | None = None


def is_one(word: str) -> bool:
    """Whether a word names a key of a service."""
    return _WORD.fullmatch(word) is not None


class ManagedKey:
    """A key of a service (a `Signer`). Each signature asks the program, and is checked with the public half it gave."""

    def __init__(self, word: str) -> None:
        found = _WORD.fullmatch(word)
        self._word = word
        self._program = PROGRAM + (found[1] if found else "")

    @cached_property
    def public(self) -> PublicKey:
        """The public half. Raises `Unavailable`, `UnreadableInput`."""
        answer = self._ask("publicKey", {"publicKeyOptions": {}}, b"", "sha256")
        if answer.public_key is None:
            raise Unavailable("gives no public key", where=self._program)
        return public_keys.parse(answer.public_key.public_key, self._word)

    def sign(self, data: bytes) -> bytes:
        """A signature over `data` that `PublicKey.signed` accepts. Raises `Unavailable`, `Refused`."""
        signature = self._signature(data, "sha256")
        if not self.public.signed(signature, data):
            raise Refused("gave a signature that its own public key does not accept", where=self._program)
        return signature

    def sign_notary(self, data: bytes) -> bytes:
        """A signature over `data` as Notary Project wants it. Raises `Refused` for RSA, of which programs make the other
        kind.
        """
        if not isinstance(self.public.key, ec.EllipticCurvePublicKey):
            raise Refused("signs with RSA PKCS #1 v1.5, which Notary Project does not take", where=self._program)
        name = notary_algorithm.hash_of(notary_algorithm.of(self.public.key)).name
        r, s = decode_dss_signature(self._signature(data, name))
        half = (self.public.key.key_size + 7) // 8
        return r.to_bytes(half, "big") + s.to_bytes(half, "big")

    def _signature(self, data: bytes, hash_name: str) -> bytes:
        options = {"signOptions": {"hashFunc": _HASHES[hash_name]}}
        answer = self._ask("signMessage", options, data, hash_name)
        if answer.sign_message is None:
            raise Unavailable("gives no signature", where=self._program)
        return answer.sign_message.signature

    def _ask(self, method: str, options: Mapping[str, object], message: bytes, hash_name: str) -> _Answer:
        request = {
            "initOptions": {
                "protocolVersion": "v1",
                "keyResourceID": self._word,
                "hashFunc": _HASHES[hash_name],
                "rpcOptions": {},
            },
            "methodName": method,
            method: options,
        }
        words = (self._program, "v1", msgspec.json.encode(request).decode())
        try:
            data = process.ask(words, SECONDS, given=message, environment=os.environ)
        except Unavailable as fault:
            fault.mend = fault.mend or f"is {self._program} in PATH, and does it know the key?"
            raise
        answer = typed_json.decode(data, _Answer, "answer of a key management program")
        if answer.error_message:
            raise Unavailable(f"says: {answer.error_message[:300]}", where=self._program)
        return answer
