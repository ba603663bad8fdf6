"""What entries of a root of trust are made of, out of files: read, and checked to be what it must be before anybody signs
it.
"""

import msgspec

from ringfence.errors import UnreadableInput, WrongUsage
from ringfence.formats.trust_document import (
    Entry,
    KeyEntry,
    OpenPgpEntry,
    RecipientEntry,
    SigstoreEntry,
    StampEntry,
    X509Entry,
)
from ringfence.io import named_file
from ringfence.trust import keys, public_keys

# The libraries of certificates and OpenPGP are loaded where an entry needs them: keys alone stay fast.


def key(path: str) -> str:
    """The PEM of a public key. Raises `UnreadableInput`."""
    data = named_file.read(path, public_keys.MAX_KEY_BYTES)
    public_keys.parse(data, path)
    return data.decode()


def certificates(path: str) -> str:
    """The PEM of certificates. Raises `UnreadableInput`."""
    from ringfence.trust import timestamps  # noqa: PLC0415 - see above

    data = named_file.read(path, timestamps.MAX_CERTIFICATES_BYTES)
    timestamps.parse_certificates(data, path)
    return data.decode()


def trusted_root(path: str) -> str:
    """The JSON of a sigstore instance's trusted root. Raises `UnreadableInput`."""
    from ringfence.trust import keyless  # noqa: PLC0415 - see above

    data = named_file.read(path, keyless.MAX_ROOT_BYTES)
    keyless.trusted_root(data, path)
    return data.decode()


def simple(kind: str, path: str) -> Entry:
    """An entry that is a file alone. Raises `UnreadableInput`, `Refused`."""
    match kind:
        case "key":
            return KeyEntry(public=key(path))
        case "tsa":
            return StampEntry(certificates=certificates(path))
        case "openpgp":
            from ringfence.trust import openpgp_signing  # noqa: PLC0415 - see above

            data = named_file.read(path, openpgp_signing.MAX_KEY_BYTES)
            openpgp_signing.parse_certificate(data, path)
            return OpenPgpEntry(certificate=data)
        case "jwe" | "pkcs7" | "pgp":
            data = named_file.read(path, keys.MAX_KEY_BYTES)
            if b"PRIVATE KEY" in data:
                raise UnreadableInput("is a private key", where=path, mend="give the public one: this file is for everybody")
            keys.recipients([f"{kind}:{path}"])
            return RecipientEntry(scheme=kind, public=data)
        case _:
            raise WrongUsage(f"there is no kind of entry {kind!r}")


def replaced(old: Entry, path: str) -> Entry:
    """An entry with a new key, certificate or trusted root. Raises `UnreadableInput`."""
    match old:
        case KeyEntry():
            return msgspec.structs.replace(old, public=key(path))
        case StampEntry() | X509Entry():
            return msgspec.structs.replace(old, certificates=certificates(path))
        case SigstoreEntry():
            return msgspec.structs.replace(old, root=trusted_root(path))
        case OpenPgpEntry() | RecipientEntry():
            kind = "openpgp" if isinstance(old, OpenPgpEntry) else old.scheme
            made = simple(kind, path)
            if isinstance(made, OpenPgpEntry):
                return msgspec.structs.replace(old, certificate=made.certificate)
            return msgspec.structs.replace(old, public=made.public if isinstance(made, RecipientEntry) else b"")
        case _:
            raise WrongUsage("a builder has no key of its own", mend="rotate those that sign for it")
