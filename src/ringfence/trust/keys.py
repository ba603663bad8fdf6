"""Keys out of files: those of recipients, and the private ones that open what was encrypted for them.

A recipient is written `jwe:FILE` (public key, PEM or JWK), `pkcs7:FILE` (X.509 certificate) or `pgp:FILE` (OpenPGP
certificate). A private key is a FILE, whose kind is detected, or KEY:CERTIFICATE for `pkcs7`. Only the schemes in use are
loaded: each brings a library that takes longer to load than a small layer to encrypt.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from ringfence.errors import RingfenceError, WrongUsage
from ringfence.formats.ocicrypt import WrappedKey
from ringfence.io import named_file
from ringfence.trust.faults import NoKeyFits

MAX_KEY_BYTES = 1024 * 1024
"""Bytes of a key file; OpenPGP certificates with pictures are the largest."""

JWE, PKCS7, PGP = SCHEMES = "jwe", "pkcs7", "pgp"
Transform = Callable[[bytes], bytes]


class _Scheme(NamedTuple):
    """What a module of `wrapping` offers: to wrap for recipients in files (path, content), and to say for whom a blob is."""

    wrapper: Callable[[list[tuple[str, bytes]]], Transform]
    named: Callable[[bytes], tuple[str, ...]]


def _scheme(name: str) -> _Scheme | None:
    match name:
        case "jwe":
            from ringfence.trust.wrapping import jwe  # noqa: PLC0415 - see above

            return _Scheme(jwe.wrapper, jwe.named)
        case "pkcs7":
            from ringfence.trust.wrapping import pkcs7  # noqa: PLC0415 - see above

            return _Scheme(pkcs7.wrapper, pkcs7.named)
        case "pgp":
            from ringfence.trust.wrapping import openpgp  # noqa: PLC0415 - see above

            return _Scheme(openpgp.wrapper, openpgp.named)
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Recipients:
    """For whom something is wrapped: a transform by scheme."""

    wrappers: tuple[tuple[str, Transform], ...]

    def wrap(self, secret: bytes) -> tuple[WrappedKey, ...]:
        """`secret` wrapped once for each scheme that has a recipient. Raises `Refused`."""
        return tuple(WrappedKey(scheme=scheme, blob=wrapper(secret)) for scheme, wrapper in self.wrappers)


def recipients(words: list[str]) -> Recipients:
    """The recipients of `SCHEME:FILE` words. Raises `WrongUsage`, `UnreadableInput`, `Refused`."""
    by_scheme: dict[str, list[tuple[str, bytes]]] = {}
    for word in words:
        scheme, _, path = word.partition(":")
        if scheme not in (JWE, PKCS7, PGP) or not path:
            raise WrongUsage(
                "is no recipient", where=word, mend="write jwe:PUBLIC.pem, pkcs7:CERTIFICATE.pem or pgp:CERTIFICATE.pgp"
            )
        by_scheme.setdefault(scheme, []).append((path, named_file.read(path, MAX_KEY_BYTES)))
    found = ((name, _scheme(name), files) for name, files in by_scheme.items())
    return Recipients(tuple((name, scheme.wrapper(files)) for name, scheme, files in found if scheme is not None))


@dataclass(frozen=True, slots=True)
class PrivateKeys:
    """The keys at hand as transforms, by scheme; each is tried on what is wrapped in its scheme."""

    openers: tuple[tuple[str, Transform], ...]

    def unwrap(self, wrapped: tuple[WrappedKey, ...]) -> bytes:
        """What the first key that fits opens. Raises `NoKeyFits`, naming for whom it is and what was said of each."""
        said: list[str] = []
        for item in wrapped:
            if item.fault:
                said.append(f"{item.scheme}: {item.fault}")
                continue
            for scheme, opener in self.openers:
                if scheme != item.scheme:
                    continue
                try:
                    return opener(item.blob)
                except RingfenceError as refusal:
                    said.append(f"{item.scheme}: {refusal.wrong}")
        whom = ", ".join(named(wrapped)) or "nobody"
        why = "; ".join(dict.fromkeys(said)) or "no key of such a scheme was given"
        raise NoKeyFits(f"none of the keys opens it ({why}); it is for {whom}", mend="give the private key with --key")


def named(wrapped: tuple[WrappedKey, ...]) -> tuple[str, ...]:
    """For whom something is wrapped, as far as that can be told without a key: `SCHEME WHOM`."""
    found: list[str] = []
    for item in wrapped:
        scheme = _scheme(item.scheme)
        try:
            found.extend(f"{item.scheme} {whom}" for whom in (scheme.named(item.blob) if scheme and not item.fault else "?"))
        except RingfenceError as refusal:
            found.append(f"{item.scheme} ({refusal.wrong})")
    return tuple(found)


def private_keys(words: list[str], passphrase: str | None = None) -> PrivateKeys:
    """The private keys of `FILE` or `KEY:CERTIFICATE` words. Raises `UnreadableInput`."""
    return PrivateKeys(tuple(_opener(word, passphrase) for word in words))


def _opener(word: str, passphrase: str | None) -> tuple[str, Transform]:
    path, colon, certificate = word.partition(":")
    data = named_file.read(path, MAX_KEY_BYTES)
    if colon:
        from ringfence.trust.wrapping import pkcs7  # noqa: PLC0415 - see above

        own = (certificate, named_file.read(certificate, MAX_KEY_BYTES))
        return PKCS7, pkcs7.opener((path, data), own, passphrase)
    if data.startswith(b"-----BEGIN PGP") or (data[:1] and data[0] & 0x80):
        from ringfence.trust.wrapping import openpgp  # noqa: PLC0415 - see above

        return PGP, openpgp.opener((path, data), passphrase)
    from ringfence.trust.wrapping import jwe  # noqa: PLC0415 - see above

    return JWE, jwe.opener((path, data), passphrase)
