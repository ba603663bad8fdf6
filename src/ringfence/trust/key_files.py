"""Private keys that sign: cosign's encrypted files, read and written, and PKCS #8 in PEM.

Source: sigstore/cosign, pkg/cosign/keys.go; secure-systems-lab/go-securesystemslib, encrypted: PEM around base64 JSON with
the parameters of scrypt, and the PKCS #8 key in a NaCl secretbox.
"""

import base64
import os
import secrets
from typing import Literal

import msgspec
import nacl.exceptions
import nacl.secret
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from ringfence.errors import Malformed, Unavailable, UnreadableInput
from ringfence.formats import strict_json
from ringfence.io import named_file
from ringfence.model.fact import Fact
from ringfence.trust import notary_algorithm, pem
from ringfence.trust.public_keys import PublicKey

MAX_KEY_BYTES = 64 * 1024
"""Bytes of a private key file."""
MAX_SCRYPT_N = 1 << 17
"""The most work a key file may ask for (128 MiB of memory); cosign writes 2^15 and 2^16."""
SCRYPT_N, SCRYPT_R, SCRYPT_P = 1 << 16, 8, 1
"""What is asked for in files written here, as cosign 2 does."""
LABELS = (b"ENCRYPTED SIGSTORE PRIVATE KEY", b"ENCRYPTED COSIGN PRIVATE KEY")

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


class _Parameters(Fact, forbid_unknown_fields=True):
    n: int = msgspec.field(name="N")
    r: int
    p: int


class _Derivation(Fact, forbid_unknown_fields=True):
    name: Literal["scrypt"]
    params: _Parameters
    salt: bytes


class _Cipher(Fact, forbid_unknown_fields=True):
    name: Literal["nacl/secretbox"]
    nonce: bytes


class _File(Fact, forbid_unknown_fields=True):
    kdf: _Derivation
    cipher: _Cipher
    ciphertext: bytes


class SigningKey:
    """A private key in memory (a `Signer`). It signs, and gives its public half; nothing else leaves it."""

    def __init__(self, key: PrivateKey, name: str) -> None:
        self._key = key
        self.public = PublicKey(name, key.public_key())

    def sign(self, data: bytes) -> bytes:
        """A signature over `data` that `PublicKey.signed` accepts."""
        match self._key:
            case ec.EllipticCurvePrivateKey():
                return self._key.sign(data, ec.ECDSA(hashes.SHA256()))
            case rsa.RSAPrivateKey():
                return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())
            case ed25519.Ed25519PrivateKey():
                return self._key.sign(data)

    def sign_notary(self, data: bytes) -> bytes:
        """A signature over `data` as Notary Project wants it: RSA-PSS, or the two halves of an ECDSA one."""
        digest = notary_algorithm.hash_of(notary_algorithm.of(self._key.public_key()))
        match self._key:
            case rsa.RSAPrivateKey():
                return self._key.sign(data, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
            case ec.EllipticCurvePrivateKey():
                r, s = decode_dss_signature(self._key.sign(data, ec.ECDSA(digest)))
                half = (self._key.key_size + 7) // 8
                return r.to_bytes(half, "big") + s.to_bytes(half, "big")
            case _:
                raise AssertionError("unreachable: Notary Project has no algorithm for other keys")


def load(path: str, passphrase: str | None) -> SigningKey:
    """The private key in a file, whatever its form. Raises `UnreadableInput`."""
    return parse(named_file.read(path, MAX_KEY_BYTES), path, passphrase)


def parse(data: bytes, path: str, passphrase: str | None) -> SigningKey:
    """The private key in the bytes of a file, whatever its form. Raises `UnreadableInput` naming `path`."""
    try:
        key: object
        if any(label in data for label in LABELS):
            key = serialization.load_der_private_key(_unlocked(data, (passphrase or "").encode()), None)
        else:
            key = pem.private_key(data, passphrase)
    except Malformed as cause:
        raise UnreadableInput(cause.wrong, where=path) from cause
    except (ValueError, TypeError, UnsupportedAlgorithm) as cause:
        raise UnreadableInput("is no private key, or its passphrase is another", where=path) from cause
    if not isinstance(key, (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey, ed25519.Ed25519PrivateKey)):
        raise UnreadableInput("is a key of a kind that does not sign images (ECDSA, RSA and Ed25519 do)", where=path)
    return SigningKey(key, path)


def _unlocked(data: bytes, passphrase: bytes) -> bytes:
    """The PKCS #8 in a cosign key file. Raises `Malformed`; the cost is looked at before it is paid."""
    body = b"".join(line for line in data.split(b"\n") if line and not line.startswith(b"-----"))
    try:
        content = base64.b64decode(body, validate=True)
    except ValueError as cause:
        raise Malformed("cosign key file", "its body is no base64") from cause
    found = strict_json.decode(content, _File, "cosign key file")
    asked = found.kdf.params
    if not (1 < asked.n <= MAX_SCRYPT_N and asked.n & (asked.n - 1) == 0 and (asked.r, asked.p) == (SCRYPT_R, SCRYPT_P)):
        raise Malformed(
            "cosign key file", f"it asks for scrypt with N={asked.n}, r={asked.r}, p={asked.p}: too much, or none"
        )
    key = Scrypt(salt=found.kdf.salt, length=32, n=asked.n, r=asked.r, p=asked.p).derive(passphrase)
    try:
        return nacl.secret.SecretBox(key).decrypt(found.ciphertext, found.cipher.nonce)
    except (nacl.exceptions.CryptoError, ValueError, TypeError) as cause:
        raise Malformed("cosign key file", "the passphrase is another, or the file was changed") from cause


def generate(prefix: str, passphrase: str) -> tuple[str, str]:
    """A new ECDSA P-256 pair: `PREFIX.key`, encrypted and for its owner only, and `PREFIX.pub`. Gives the two paths.

    Raises `Unavailable` if either is there already.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    plain = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    _create(f"{prefix}.key", _locked(plain, passphrase.encode()), 0o600)
    _create(f"{prefix}.pub", public, 0o644)
    return f"{prefix}.key", f"{prefix}.pub"


def _locked(plain: bytes, passphrase: bytes) -> bytes:
    salt, nonce = secrets.token_bytes(32), secrets.token_bytes(nacl.secret.SecretBox.NONCE_SIZE)
    key = Scrypt(salt=salt, length=32, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P).derive(passphrase)
    content = {
        "kdf": {"name": "scrypt", "params": {"N": SCRYPT_N, "r": SCRYPT_R, "p": SCRYPT_P}, "salt": salt},
        "cipher": {"name": "nacl/secretbox", "nonce": nonce},
        "ciphertext": nacl.secret.SecretBox(key).encrypt(plain, nonce).ciphertext,
    }
    body = base64.b64encode(msgspec.json.encode(content))
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    label = LABELS[0]
    return b"\n".join((b"-----BEGIN %b-----" % label, *lines, b"-----END %b-----" % label, b""))


def _create(path: str, data: bytes, mode: int) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    except OSError as cause:
        raise Unavailable(f"cannot be made: {cause.strerror or cause}", where=path, mend="name another") from cause
