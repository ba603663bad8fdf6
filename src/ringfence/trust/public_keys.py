"""Public keys that vouch: what each accepts as a signature.

ECDSA (P-256, P-384, P-521) in DER with SHA-256, RSA PKCS #1 v1.5 with SHA-256, Ed25519: the algorithms cosign verifies
(sigstore/sigstore, pkg/signature).
"""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from ringfence.errors import UnreadableInput
from ringfence.io import named_file

MAX_KEY_BYTES = 64 * 1024
"""Bytes of a public key file."""
MIN_RSA_BITS = 2048
"""Shorter RSA keys can be broken (NIST SP 800-131A)."""

_Key = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that vouches, under the name it is reported by."""

    name: str
    key: _Key

    @property
    def hint(self) -> str:
        """Base64 of the SHA-256 of its SubjectPublicKeyInfo, by which sigstore bundles name a key."""
        info = self.key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(hashlib.sha256(info).digest()).decode()

    def signed(self, signature: bytes, data: bytes) -> bool:
        """Whether `signature` is this key's over `data`."""
        try:
            match self.key:
                case ec.EllipticCurvePublicKey():
                    self.key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
                case rsa.RSAPublicKey():
                    self.key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
                case ed25519.Ed25519PublicKey():
                    self.key.verify(signature, data)
        except InvalidSignature:
            return False
        return True


def load(path: str) -> PublicKey:
    """The public key in a PEM file. Raises `UnreadableInput`."""
    return parse(named_file.read(path, MAX_KEY_BYTES), path)


def parse(data: bytes, name: str) -> PublicKey:
    """The public key in PEM. Raises `UnreadableInput`, also for a kind or length that nobody should vouch with."""
    try:
        key = serialization.load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm) as cause:
        raise UnreadableInput("is no public key in PEM", where=name, mend="see 'ringfence trust key'") from cause
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < MIN_RSA_BITS:
        raise UnreadableInput(f"is an RSA key of {key.key_size} bits; {MIN_RSA_BITS} are the least", where=name)
    if not isinstance(key, (ec.EllipticCurvePublicKey, rsa.RSAPublicKey, ed25519.Ed25519PublicKey)):
        raise UnreadableInput("is a key of a kind that does not sign images (ECDSA, RSA and Ed25519 do)", where=name)
    return PublicKey(name, key)
