"""A layer through ocicrypt's cipher, in one pass and in the memory of two buffers.

AES-256-CTR, then HMAC-SHA256 of the ciphertext under the same key (containers/ocicrypt,
`blockcipher/blockcipher_aes_ctr.go`).
"""

import hashlib
import hmac as compare
import secrets
from collections.abc import Callable, Iterable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes
from cryptography.hazmat.primitives.hmac import HMAC

from ringfence.formats.ocicrypt import KEY_BYTES, NONCE_BYTES, PrivateOptions, PublicOptions
from ringfence.trust.faults import Refused

Write = Callable[[memoryview], object]


def encrypt(chunks: Iterable[bytes], write: Write, digest: str) -> tuple[PrivateOptions, PublicOptions]:
    """Encrypts the layer whose digest is `digest` under a new random key; gives what opens it and what everybody may see.

    Raises `Refused` if the chunks are not those of `digest`.
    """
    key, nonce = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(NONCE_BYTES)
    through = _Stream(Cipher(algorithms.AES(key), modes.CTR(nonce)).encryptor())
    mac, seen = HMAC(key, hashes.SHA256()), hashlib.sha256()
    for chunk in chunks:
        seen.update(chunk)
        out = through(chunk)
        mac.update(out)
        write(out)
    if f"sha256:{seen.hexdigest()}" != digest:
        raise Refused(f"the layer is not the one its manifest names: sha256:{seen.hexdigest()}", where=digest)
    return PrivateOptions(key=key, nonce=nonce, digest=digest), PublicOptions(hmac=mac.finalize())


def decrypt(chunks: Iterable[bytes], write: Write, private: PrivateOptions, public: PublicOptions) -> None:
    """Decrypts a layer. What was written must be thrown away if this raises, or if its digest is not `private.digest`.

    Raises `Refused` if the HMAC is wrong.
    """
    through = _Stream(Cipher(algorithms.AES(private.key), modes.CTR(private.nonce)).decryptor())
    mac = HMAC(private.key, hashes.SHA256())
    for chunk in chunks:
        mac.update(chunk)
        write(through(chunk))
    if not compare.compare_digest(mac.finalize(), public.hmac):
        raise Refused("its HMAC does not match: it was changed or cut off after it was encrypted")


class _Stream:
    """A cipher whose output stays in one buffer, valid until the next chunk."""

    def __init__(self, cipher: CipherContext) -> None:
        self._cipher = cipher
        self._buffer = bytearray()

    def __call__(self, chunk: bytes) -> memoryview:
        # cryptography's update_into wants room for a block more than the data (its documentation).
        if len(self._buffer) < len(chunk) + 15:
            self._buffer = bytearray(len(chunk) + 15)
        return memoryview(self._buffer)[: self._cipher.update_into(chunk, self._buffer)]
