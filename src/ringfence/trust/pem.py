"""Private keys in PEM, encrypted or not."""

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key


def private_key(data: bytes, passphrase: str | None) -> PrivateKeyTypes:
    """The key in `data`. A passphrase that a plain key does not need is passed over: it is meant for another key.

    Raises `ValueError` or `TypeError` if it is no key, or needs another passphrase.
    """
    # Whether an RSA key's numbers are prime is looked at again when it is used, and takes 0.1 s: once is enough.
    if passphrase is not None and b"ENCRYPTED" in data:
        return load_pem_private_key(data, passphrase.encode(), unsafe_skip_rsa_key_validation=True)
    return load_pem_private_key(data, None, unsafe_skip_rsa_key_validation=True)
