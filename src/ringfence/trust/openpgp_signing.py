"""Simple signing with OpenPGP, as podman and skopeo do it: a signed message that holds the claim.

Source: containers/image, docs/containers-signature.5.md. The message is one-pass signature, literal data, signature; a
cleartext signature is refused, as the format says, though gpg takes it. Where the files lie (`lookaside`) is
containers-registries.d(5).
"""

from dataclasses import dataclass

import pysequoia

from ringfence.errors import UnreadableInput
from ringfence.formats import openpgp, simple_signing
from ringfence.formats.simple_signing import Claim
from ringfence.io import named_file
from ringfence.trust.faults import Refused

MAX_KEY_BYTES = 1024 * 1024
"""Bytes of a certificate file."""
CREATOR = "ringfence"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that vouches, under the name it is reported by."""

    name: str
    certificate: pysequoia.Cert


def certificate(path: str) -> Certificate:
    """The OpenPGP certificate in a file. Raises `UnreadableInput`."""
    return parse_certificate(named_file.read(path, MAX_KEY_BYTES), path)


def parse_certificate(data: bytes, name: str) -> Certificate:
    """An OpenPGP certificate. Raises `UnreadableInput`."""
    try:
        return Certificate(name, pysequoia.Cert.from_bytes(data))
    # pysequoia raises nothing narrower.
    except RuntimeError as cause:
        raise UnreadableInput("is no OpenPGP certificate", where=name, mend="see 'gpg --export'") from cause


def verify(message: bytes, certificates: tuple[Certificate, ...], digest: str) -> tuple[Claim, tuple[str, ...]]:
    """The claim about `digest` in a signed message, and by which certificates. Raises `Refused` or `Malformed`."""
    first = next(openpgp.packets(message), None)
    if first is None or first.tag not in (openpgp.ONE_PASS, openpgp.SIGNATURE, openpgp.COMPRESSED):
        raise Refused("it is no signed OpenPGP message")
    wanted = [item.certificate for item in certificates]
    try:
        found = pysequoia.verify(bytes=message, store=lambda _ids: wanted)
    except RuntimeError as cause:
        raise Refused(f"no certificate of those given made it: {str(cause).strip().splitlines()[0]}") from cause
    signers = {item.certificate for item in found.valid_sigs}
    names = tuple(item.name for item in certificates if item.certificate.fingerprint in signers)
    if not names or found.bytes is None:
        raise Refused("no certificate of those given made it")
    claim = simple_signing.parse(bytes(found.bytes), simple_signing.ATOMIC)
    if claim.digest != digest:
        raise Refused(f"it is for another image, {claim.digest}")
    return claim, names


def sign(secret_key: bytes, claim: Claim, at: int, passphrase: str | None = None) -> bytes:
    """A signed message with the claim, made at Unix time `at`. Raises `Refused` if the key cannot sign."""
    payload = simple_signing.write(claim, simple_signing.ATOMIC, {"creator": CREATOR, "timestamp": at})
    said = ""
    # A passphrase that a plain key does not need is passed over: it is meant for another key.
    for words in (passphrase, None) if passphrase is not None else (None,):
        try:
            key = pysequoia.Tsk.from_bytes(secret_key)
            signer = key.signer(words) if words is not None else key.signer()
            return bytes(pysequoia.sign(signer, bytes=payload, mode=pysequoia.SignatureMode.INLINE, armor=False))
        except RuntimeError as cause:
            said = said or str(cause).strip().splitlines()[0]
    raise Refused(f"the key cannot sign: {said}")


def lookaside(base: str, reference: str, digest: str, number: int) -> str:
    """Where signature `number` (from 1) of `host/path[:tag]` lies under a lookaside base. The host is not in the path."""
    path = reference.partition("/")[2].partition("@")[0]
    head, colon, tag = path.rpartition(":")
    name = head if colon and "/" not in tag else path
    return f"{base}/{name}@{digest.replace(':', '=', 1)}/signature-{number}"
