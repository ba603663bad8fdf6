"""The annotations of an encrypted layer, as ocicrypt writes them.

Source: containers/ocicrypt, docs and `blockcipher/`; OCI distribution of encrypted images (image-spec issue 747). The
compressed blob is what is encrypted: its media type ends in `+encrypted`, and the descriptor's annotations have the public
options and, for every scheme, the private options wrapped for each recipient.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping

import msgspec

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import strict_json
from ringfence.model.fact import Fact

CIPHER = "AES_256_CTR_HMAC_SHA256"
"""The one cipher of ocicrypt: AES-256 in counter mode, then HMAC-SHA256 of the ciphertext under the same key."""
KEY_BYTES = 32
NONCE_BYTES = 16
"""The nonce is the whole first counter block."""
SUFFIX = "+encrypted"
PREFIX = "org.opencontainers.image.enc."
PUBLIC = f"{PREFIX}pubopts"
KEYS = f"{PREFIX}keys."
MAX_WRAPPED = 1_000
"""Wrapped keys of one layer; each costs a private-key operation to try."""


class PublicOptions(Fact):
    """What everybody may see: the cipher and the HMAC (32 bytes) of the ciphertext."""

    hmac: bytes
    cipher: str = CIPHER


class PrivateOptions(Fact):
    """What only recipients see: key (32 bytes), nonce (16 bytes), and the digest of the layer before encryption."""

    key: bytes
    nonce: bytes
    digest: str


class WrappedKey(Fact):
    """Private options wrapped by a scheme (`jwe`, `pkcs7`, `pgp`, `pkcs11`, `provider.NAME`). `fault`: it is no base64."""

    scheme: str
    blob: bytes
    fault: str = ""


class Encryption(Fact):
    """Everything the annotations of one encrypted layer say."""

    public: PublicOptions
    keys: tuple[WrappedKey, ...]


class _CipherOptions(msgspec.Struct):
    nonce: bytes = b""


class _Public(msgspec.Struct):
    cipher: str
    hmac: bytes
    cipheroptions: _CipherOptions | None = None


class _Private(msgspec.Struct):
    symkey: bytes
    digest: str
    cipheroptions: _CipherOptions


def is_encrypted(media_type: str) -> bool:
    """Whether a layer of this media type says that it is encrypted."""
    return media_type.endswith(SUFFIX)


def encryption(media_type: str, annotations: Mapping[str, str]) -> Encryption | None:
    """How a layer is encrypted; None for a plain one.

    Raises `Malformed` where media type and annotations contradict each other, or where the public options are not what this
    cipher needs. A nonce in the public options is refused: it would take the place of the wrapped one, and anyone can
    write it.
    """
    marked = any(name == PUBLIC or name.startswith(KEYS) for name in annotations)
    if is_encrypted(media_type) != marked:
        said = "says it is encrypted and has no keys" if not marked else "has keys and does not say it is encrypted"
        raise Malformed("encrypted layer", f"its media type {media_type} {said}")
    if not marked:
        return None
    if PUBLIC not in annotations:
        raise Malformed("encrypted layer", f"there is no {PUBLIC}")
    keys = tuple(_wrapped(annotations))
    if not keys:
        raise Malformed("encrypted layer", f"there is no {KEYS}*: nobody can open it")
    return Encryption(public=_public(_base64(annotations[PUBLIC], PUBLIC)), keys=keys)


def _public(data: bytes) -> PublicOptions:
    found = strict_json.decode(data, _Public, "ocicrypt's public options")
    if found.cipher != CIPHER:
        raise Malformed("encrypted layer", f"its cipher is {found.cipher[:40]!r}; only {CIPHER} is defined")
    if found.cipheroptions is not None and found.cipheroptions.nonce:
        raise Malformed("encrypted layer", "a nonce stands in the public options, where anyone can change it")
    if len(found.hmac) != 32:
        raise Malformed("encrypted layer", f"its HMAC has {len(found.hmac)} bytes, not 32")
    return PublicOptions(hmac=found.hmac)


def _wrapped(annotations: Mapping[str, str]) -> Iterable[WrappedKey]:
    left = MAX_WRAPPED
    for name in sorted(annotations):
        if not name.startswith(KEYS):
            continue
        for part in annotations[name].split(","):
            left -= 1
            if left < 0:
                raise LimitExceeded("wrapped keys of one layer", MAX_WRAPPED)
            try:
                yield WrappedKey(scheme=name.removeprefix(KEYS), blob=_base64(part, name))
            except Malformed as fault:
                yield WrappedKey(scheme=name.removeprefix(KEYS), blob=b"", fault=fault.wrong)


def _base64(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as cause:
        raise Malformed("encrypted layer", f"{name} is no base64") from cause


def schemes(wrapped: tuple[WrappedKey, ...]) -> tuple[str, ...]:
    """By which schemes something is wrapped: all that can be told without reading them."""
    return tuple(dict.fromkeys(item.scheme for item in wrapped))


def parse_private(data: bytes) -> PrivateOptions:
    """What was wrapped. Raises `Malformed`."""
    found = strict_json.decode(data, _Private, "ocicrypt's private options")
    if len(found.symkey) != KEY_BYTES or len(found.cipheroptions.nonce) != NONCE_BYTES:
        raise Malformed("encrypted layer", "its key or nonce has another length than the cipher's")
    return PrivateOptions(key=found.symkey, nonce=found.cipheroptions.nonce, digest=found.digest)


def write_private(options: PrivateOptions) -> bytes:
    """The private options as ocicrypt's JSON."""
    return msgspec.json.encode(
        _Private(symkey=options.key, digest=options.digest, cipheroptions=_CipherOptions(nonce=options.nonce))
    )


def annotations(found: Encryption) -> dict[str, str]:
    """The annotations that say `found`, each scheme's keys in their order. A faulty key is left out."""
    public = {"cipher": found.public.cipher, "hmac": found.public.hmac, "cipheroptions": {}}
    made = {PUBLIC: base64.b64encode(msgspec.json.encode(public)).decode()}
    for item in found.keys:
        if not item.fault:
            name, entry = f"{KEYS}{item.scheme}", base64.b64encode(item.blob).decode()
            made[name] = f"{made[name]},{entry}" if name in made else entry
    return made
