"""OpenPGP messages: ocicrypt's `pgp` scheme.

Sequoia writes and reads them. What Go's old x/crypto/openpgp writes (skopeo up to 1.18) breaks RFC 4880 twice: a first
partial length below 512 bytes, and numbers with leading zeros. Sequoia refuses it; the reader below opens it, for RSA keys
without a passphrase.
"""

import base64
import hashlib
import hmac
import zlib
from collections.abc import Callable, Mapping
from functools import partial

import pysequoia
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

from ringfence.errors import Malformed, UnreadableInput
from ringfence.formats import openpgp
from ringfence.formats.openpgp import multiprecision
from ringfence.trust.faults import Refused

MAX_PLAIN_BYTES = 1024 * 1024
"""Bytes of a decompressed message: a wrapped key has some hundred."""
_ARMOUR = b"-----BEGIN PGP"
_MDC = b"\xd3\x14"
"""Header of the modification detection code packet (RFC 9580, 5.13.1)."""


def wrapper(files: list[tuple[str, bytes]]) -> Callable[[bytes], bytes]:
    """Wraps for the certificates in these files (path, content). Raises `UnreadableInput`."""
    return partial(wrap, recipients=tuple(_certificate(path, data) for path, data in files))


def opener(file: tuple[str, bytes], passphrase: str | None) -> Callable[[bytes], bytes]:
    """Opens with the secret key in a file (path, content). Raises `UnreadableInput`."""
    return partial(unwrap, secret_key=_without_armour(*file), passphrase=passphrase)


def _certificate(path: str, data: bytes) -> pysequoia.Cert:
    try:
        return pysequoia.Cert.from_bytes(data)
    # pysequoia raises nothing narrower.
    except RuntimeError as cause:
        raise UnreadableInput("is no OpenPGP certificate", where=path, mend="see 'gpg --export'") from cause


def _without_armour(path: str, data: bytes) -> bytes:
    """The binary key. Armour ends in a checksum that nobody needs (RFC 9580, 6.1)."""
    if not data.startswith(_ARMOUR):
        return data
    lines = data.decode("ascii", "replace").splitlines()
    try:
        body = [line for line in lines[lines.index("") + 1 :] if not line.startswith(("-----", "="))]
        return base64.b64decode("".join(body), validate=True)
    except ValueError as cause:
        raise UnreadableInput("is no OpenPGP key: its armour is damaged", where=path) from cause


def wrap(secret: bytes, recipients: tuple[pysequoia.Cert, ...]) -> bytes:
    """`secret` for certificates, at least one. Raises `Refused` for one without a key that may encrypt."""
    try:
        return bytes(pysequoia.encrypt(bytes=secret, recipients=list(recipients), armor=False))
    # pysequoia raises nothing narrower.
    except RuntimeError as cause:
        raise Refused(f"no key of the certificate may encrypt: {_first_line(cause)}") from cause


def unwrap(blob: bytes, secret_key: bytes, passphrase: str | None = None) -> bytes:
    """What was wrapped, opened with a binary secret key. Raises `Malformed` or `Refused`."""
    openpgp.recipients(blob)
    said = ""
    # A passphrase that a plain key does not need is passed over: it is meant for another key.
    for words in (passphrase, None) if passphrase is not None else (None,):
        try:
            key = pysequoia.Tsk.from_bytes(secret_key)
            decryptor = key.decryptor(words) if words is not None else key.decryptor()
            return bytes(pysequoia.decrypt(bytes=blob, decryptor=decryptor).bytes or b"")
        except RuntimeError as cause:
            said = said or _first_line(cause)
    return _written_by_go(blob, secret_key, said)


def named(blob: bytes) -> tuple[str, ...]:
    """For whom the message is: the key id of each recipient. Raises `Malformed`."""
    return tuple(f"key {item}" if item.strip("0") else "a hidden key" for item in openpgp.recipients(blob))


def _written_by_go(blob: bytes, secret_key: bytes, sequoia_said: str) -> bytes:
    keys, session = _rsa_keys(secret_key), b""
    for packet in openpgp.packets(blob):
        if packet.tag == openpgp.PKESK:
            session = session or _session_key(packet.body, keys)
        elif packet.tag == openpgp.SEIPD and session:
            return _literal(_opened(packet.body, session))
    raise Refused(f"the key does not open it: {sequoia_said}")


def _rsa_keys(secret_key: bytes) -> dict[bytes, rsa.RSAPrivateKey]:
    """The RSA keys of a v4 secret keyring by key id, those without a passphrase (RFC 9580, 5.5.3)."""
    found: dict[bytes, rsa.RSAPrivateKey] = {}
    for tag, body in openpgp.packets(secret_key):
        secret = tag in (openpgp.SECRET_KEY, openpgp.SECRET_SUBKEY)
        if not secret or body[:1] != b"\x04" or body[5:6] not in (b"\x01", b"\x02"):
            continue
        n, at = multiprecision(body, 6)
        e, at = multiprecision(body, at)
        public = body[:at]
        if body[at : at + 1] != b"\0":
            continue
        d, at = multiprecision(body, at + 1)
        p, at = multiprecision(body, at)
        q, at = multiprecision(body, at)
        # OpenPGP's u is the inverse of p modulo q; with p and q exchanged it is what RSAPrivateNumbers wants.
        u, _ = multiprecision(body, at)
        fingerprint = hashlib.sha1(b"\x99" + len(public).to_bytes(2, "big") + public, usedforsecurity=False).digest()
        try:
            numbers = rsa.RSAPrivateNumbers(q, p, d, d % (q - 1), d % (p - 1), u, rsa.RSAPublicNumbers(e, n))
            found[fingerprint[-8:]] = numbers.private_key()
        except (ValueError, ZeroDivisionError) as cause:
            raise Malformed("OpenPGP secret key", "its numbers do not fit together") from cause
    return found


def _session_key(body: bytes, keys: Mapping[bytes, rsa.RSAPrivateKey]) -> bytes:
    """The session key of a version 3 packet for one of `keys`; empty where it is for others (RFC 9580, 5.1.1 and 5.1.3)."""
    if body[:1] != b"\x03" or body[9:10] not in (b"\x01", b"\x02"):
        return b""
    named_key = body[1:9]
    number, _ = multiprecision(body, 10)
    for key in [keys[named_key]] if named_key in keys else keys.values() if named_key == bytes(8) else ():
        try:
            plain = key.decrypt(number.to_bytes(key.key_size // 8, "big"), PKCS1v15())
        except (ValueError, OverflowError):
            continue
        if len(plain) in (19, 27, 35) and sum(plain[1:-2]) & 0xFFFF == int.from_bytes(plain[-2:], "big"):
            return plain[1:-2]
    return b""


def _opened(body: bytes, session: bytes) -> bytes:
    """The packets in a version 1 SEIPD packet, its modification detection code checked (RFC 9580, 5.13.1)."""
    if body[:1] != b"\x01":
        raise Refused("its encryption is of a version this reader does not know")
    decryptor = Cipher(algorithms.AES(session), CFB(bytes(16))).decryptor()
    plain = decryptor.update(body[1:]) + decryptor.finalize()
    if len(plain) < 40 or plain[14:16] != plain[16:18]:
        raise Refused("the key does not open it")
    code = hashlib.sha1(plain[:-20], usedforsecurity=False).digest()
    if plain[-22:-20] != _MDC or not hmac.compare_digest(code, plain[-20:]):
        raise Refused("it was changed after it was encrypted")
    return plain[18:-22]


def _literal(data: bytes) -> bytes:
    """The content of the literal packet, inside a compressed one or not (RFC 9580, 5.6 and 5.9)."""
    for tag, body in openpgp.packets(data):
        if tag == openpgp.LITERAL and len(body) >= 6:
            return body[2 + body[1] + 4 :]
        if tag == openpgp.COMPRESSED and body[:1] in (b"\x01", b"\x02"):
            inflater = zlib.decompressobj(-15 if body[0] == 1 else 15)
            try:
                inner = inflater.decompress(body[1:], MAX_PLAIN_BYTES)
            except zlib.error as cause:
                raise Malformed("OpenPGP", "a compressed packet that is none") from cause
            return _literal(inner)
    raise Malformed("OpenPGP", "there is no literal data in it")


def _first_line(cause: BaseException) -> str:
    return (str(cause).strip() or "no reason given").splitlines()[0]
