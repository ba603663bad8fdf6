"""What signs: a key in a file, in the environment, in a token, or in a key management service, behind one protocol.

A key is named by one word: a file's path, `env://VARIABLE`, a `pkcs11:` URI (RFC 7512), or `NAME://KEY` of a service.
"""

import os
from typing import Protocol

from ringfence.errors import UnreadableInput
from ringfence.formats import pkcs11_uri
from ringfence.trust import key_files, managed_key
from ringfence.trust.public_keys import PublicKey

ENVIRONMENT = "env://"


class Signer(Protocol):
    """A private key, wherever it is. It signs, and gives its public half; nothing else leaves it."""

    @property
    def public(self) -> PublicKey:
        """The public half."""

    def sign(self, data: bytes) -> bytes:
        """A signature over `data` that `PublicKey.signed` accepts."""

    def sign_notary(self, data: bytes) -> bytes:
        """A signature over `data` as Notary Project wants it."""


def load(word: str, passphrase: str | None) -> Signer:
    """The key that a word names. Raises `UnreadableInput`, `Unavailable`."""
    if word.startswith(ENVIRONMENT):
        data = os.environb.get(word.removeprefix(ENVIRONMENT).encode())
        if data is None:
            raise UnreadableInput("is not set", where=word, mend="put the key's PEM into that variable")
        return key_files.parse(data, word, passphrase)
    if word.startswith(pkcs11_uri.SCHEME):
        from ringfence.trust import token_key  # noqa: PLC0415 - an extra that only tokens need

        return token_key.load(word, passphrase)
    if managed_key.is_one(word):
        return managed_key.ManagedKey(word)
    return key_files.load(word, passphrase)
