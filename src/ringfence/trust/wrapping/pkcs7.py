"""CMS EnvelopedData for X.509 certificates with RSA keys: ocicrypt's `pkcs7` scheme.

The dialect is described in `formats.enveloped_data`. Recipients with EC keys are refused when wrapping: ocicrypt crashes
on them.
"""

import secrets
from collections.abc import Callable
from functools import partial

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ringfence.errors import UnreadableInput
from ringfence.formats import der, enveloped_data
from ringfence.formats.enveloped_data import EnvelopedData, KeyTransport
from ringfence.trust import pem
from ringfence.trust.faults import Refused


def wrapper(files: list[tuple[str, bytes]]) -> Callable[[bytes], bytes]:
    """Wraps for the certificates in these files (path, content). Raises `UnreadableInput`."""
    return partial(wrap, recipients=tuple(_certificate(path, data) for path, data in files))


def opener(file: tuple[str, bytes], certificate: tuple[str, bytes], passphrase: str | None) -> Callable[[bytes], bytes]:
    """Opens with the private key and the certificate in these files (path, content). Raises `UnreadableInput`."""
    path, data = file
    try:
        key = pem.private_key(data, passphrase)
    except (ValueError, TypeError) as cause:
        raise UnreadableInput("is no private key in PEM, or its passphrase is another", where=path) from cause
    if not isinstance(key, rsa.RSAPrivateKey):
        raise UnreadableInput("is no RSA key, which a recipient of this scheme has", where=path)
    return partial(unwrap, key=key, certificate=_certificate(*certificate))


def _certificate(path: str, data: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(data) if b"-----BEGIN" in data else x509.load_der_x509_certificate(data)
    except ValueError as cause:
        raise UnreadableInput("is no X.509 certificate", where=path) from cause


def wrap(secret: bytes, recipients: tuple[x509.Certificate, ...]) -> bytes:
    """`secret` for certificates, at least one. Raises `Refused` for one whose key is not RSA."""
    key, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    transports = []
    for certificate in recipients:
        public = certificate.public_key()
        if not isinstance(public, rsa.RSAPublicKey):
            raise Refused(
                "its key is not RSA, which this scheme needs",
                where=certificate.subject.rfc4514_string(),
                mend="give an RSA certificate, or use jwe:",
            )
        encrypted = public.encrypt(key, PKCS1v15())
        transports.append(
            KeyTransport(issuer=certificate.issuer.public_bytes(), serial=certificate.serial_number, encrypted_key=encrypted)
        )
    return enveloped_data.write(tuple(transports), nonce, AESGCM(key).encrypt(nonce, secret, None))


def unwrap(blob: bytes, key: rsa.RSAPrivateKey, certificate: x509.Certificate) -> bytes:
    """What was wrapped. Raises `Malformed`, or `Refused` where the certificate is no recipient or the message changed."""
    message = enveloped_data.parse(blob)
    issuer, serial = certificate.issuer.public_bytes(), certificate.serial_number
    mine = next((item for item in message.recipients if (item.issuer, item.serial) == (issuer, serial)), None)
    if mine is None:
        raise Refused("the certificate is none of its recipients")
    try:
        # cryptography gives random bytes for wrong padding (implicit rejection), so that nobody learns which it was.
        content_key = key.decrypt(mine.encrypted_key, PKCS1v15())
        return _opened(message, content_key)
    except (InvalidTag, ValueError) as cause:
        raise Refused("the key does not open it, or it was changed") from cause


def _opened(message: EnvelopedData, key: bytes) -> bytes:
    if message.cipher.endswith("gcm"):
        return AESGCM(key).decrypt(message.nonce, message.content, None)
    decryptor = Cipher(algorithms.AES(key), modes.CBC(message.nonce)).decryptor()
    padded = decryptor.update(message.content) + decryptor.finalize()
    unpadder = padding.PKCS7(128).unpadder()
    return unpadder.update(padded) + unpadder.finalize()


def named(blob: bytes) -> tuple[str, ...]:
    """For whom the message is: `ISSUER serial HEX` of each recipient. Raises `Malformed`."""
    return tuple(f"{_issuer(item.issuer)} serial {item.serial:x}" for item in enveloped_data.parse(blob).recipients)


def _issuer(name: bytes) -> str:
    """A Name for people. cryptography reads names only in certificates, so this shows the texts that stand in it."""
    texts: list[str] = []
    for relative in der.parse(name).children():
        for attribute in relative.children():
            parts = attribute.children()
            texts.append(parts[-1].content.decode("utf-8", "replace") if parts else "")
    return ", ".join(texts)
