"""JSON Web Encryption: RSA-OAEP or ECDH-ES+A256KW around AES-256-GCM, as ocicrypt's `jwe` scheme writes it.

Source: RFC 7516, RFC 7518. One recipient makes the flattened form, several the general one. A `kid` (RFC 7638 thumbprint)
goes with each recipient, without which nobody could say for whom a layer is encrypted.
"""

from collections.abc import Callable
from functools import partial

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwcrypto import jwe, jwk
from jwcrypto.common import JWException

from ringfence.errors import Malformed, UnreadableInput
from ringfence.formats import typed_json
from ringfence.trust import pem
from ringfence.trust.faults import Refused

ALLOWED = (
    *("RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"),
    *("A128GCM", "A192GCM", "A256GCM", "A128CBC-HS256", "A256CBC-HS512"),
)
"""What a message may use. Not `dir` and the password-based ones (nobody is named, and PBES2's work is the sender's choice),
and not RSA1_5 (Bleichenbacher's attack)."""
_RSA_ALG, _EC_ALG = "RSA-OAEP", "ECDH-ES+A256KW"


class _Header(msgspec.Struct):
    alg: str = ""
    kid: str = ""
    enc: str = ""
    zip: str | None = None


class _Recipient(msgspec.Struct):
    header: _Header = msgspec.field(default_factory=_Header)


class _Message(msgspec.Struct):
    protected: str = ""
    unprotected: _Header = msgspec.field(default_factory=_Header)
    header: _Header = msgspec.field(default_factory=_Header)
    recipients: list[_Recipient] | None = None


def wrapper(files: list[tuple[str, bytes]]) -> Callable[[bytes], bytes]:
    """Wraps for the public keys in these files (path, content). Raises `UnreadableInput`."""
    return partial(wrap, recipients=tuple(_public(path, data) for path, data in files))


def opener(file: tuple[str, bytes], passphrase: str | None) -> Callable[[bytes], bytes]:
    """Opens with the private key in a file (path, content). Raises `UnreadableInput`."""
    path, data = file
    try:
        key = jwk.JWK.from_json(data.decode()) if data.lstrip()[:1] == b"{" else _private(data, passphrase)
    except (JWException, ValueError, TypeError) as cause:
        raise UnreadableInput("is no private key, or its passphrase is another", where=path) from cause
    if not key.has_private:
        raise UnreadableInput("is a public key; the private one opens", where=path)
    return partial(unwrap, key=key)


def _private(data: bytes, passphrase: str | None) -> jwk.JWK:
    key = pem.private_key(data, passphrase)
    if not isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
        raise TypeError("neither an RSA nor an EC key")
    return jwk.JWK.from_pyca(key)


def _public(path: str, data: bytes) -> jwk.JWK:
    try:
        key = jwk.JWK.from_json(data.decode()) if data.lstrip()[:1] == b"{" else jwk.JWK.from_pem(data)
    except (JWException, ValueError, TypeError) as cause:
        raise UnreadableInput("is no public key (PEM or JWK)", where=path, mend="see 'openssl pkey -pubout'") from cause
    if key["kty"] not in ("RSA", "EC"):
        raise UnreadableInput(f"is a key of type {key['kty']}; RSA and EC keys can be recipients", where=path)
    # Never more than the public part: a private key given by mistake must not travel.
    return jwk.JWK.from_json(key.export_public())


def wrap(secret: bytes, recipients: tuple[jwk.JWK, ...]) -> bytes:
    """`secret` for public keys (RSA or EC), at least one."""
    headers = [{"alg": _algorithm(key), "kid": key.thumbprint()} for key in recipients]
    if len(recipients) == 1:
        token = jwe.JWE(secret, protected=msgspec.json.encode({**headers[0], "enc": "A256GCM"}).decode())
        token.add_recipient(recipients[0])
    else:
        token = jwe.JWE(secret, protected=msgspec.json.encode({"enc": "A256GCM"}).decode())
        for key, header in zip(recipients, headers, strict=True):
            token.add_recipient(key, msgspec.json.encode(header).decode())
    return token.serialize().encode()


def _algorithm(key: jwk.JWK) -> str:
    return _RSA_ALG if key["kty"] == "RSA" else _EC_ALG


def unwrap(blob: bytes, key: jwk.JWK) -> bytes:
    """What was wrapped. Raises `Malformed`, or `Refused` where the algorithm is not allowed or the key does not fit."""
    for header in _headers(blob):
        if header.zip is not None:
            raise Refused("the wrapped key is compressed, which nothing that small needs")
        if header.alg not in ALLOWED:
            raise Refused(f"its algorithm {header.alg[:40]!r} is not allowed for wrapping a layer's key")
    token = jwe.JWE()
    token.allowed_algs = list(ALLOWED)
    try:
        token.deserialize(blob.decode("ascii"), key)
    # ValueError: a number or point of the key agreement that is none, which jwcrypto lets through from cryptography.
    except (JWException, ValueError) as cause:
        raise Refused("the key does not open it") from cause
    payload: bytes = token.payload
    return payload


def named(blob: bytes) -> tuple[str, ...]:
    """For whom the message is: `ALG kid KID` of each recipient; what has no kid is hidden. Raises `Malformed`."""
    return tuple(f"{header.alg} kid {header.kid}" if header.kid else f"{header.alg} (unnamed)" for header in _headers(blob))


def _headers(blob: bytes) -> tuple[_Header, ...]:
    """The joined header of each recipient (RFC 7516, section 4: protected, shared and per-recipient members)."""
    message = typed_json.decode(blob, _Message, "JWE")
    try:
        protected = msgspec.json.decode(_base64url(message.protected), type=_Header) if message.protected else _Header()
    except (msgspec.DecodeError, UnicodeDecodeError) as cause:
        raise Malformed("JWE", "its protected header is none") from cause
    own = [item.header for item in message.recipients] if message.recipients is not None else [message.header]
    return tuple(
        _Header(
            alg=header.alg or protected.alg or message.unprotected.alg,
            kid=header.kid or protected.kid or message.unprotected.kid,
            enc=protected.enc,
            zip=protected.zip,
        )
        for header in own
    )


def _base64url(text: str) -> bytes:
    # Late binding of padding: RFC 7515 leaves it out.
    try:
        return msgspec.convert(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), bytes)
    except msgspec.ValidationError as cause:
        raise Malformed("JWE", "its protected header is no base64url") from cause
