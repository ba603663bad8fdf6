"""Signatures that lie beside an image: in the folder of a `dir:` image, or under a lookaside base.

Source: containers/image, docs/containers-registries.d.5.md and internal/signature/signature.go: a file is an OpenPGP message
(which begins with a byte above 0x7F), or NUL, the name of a format and a newline before the JSON of a cosign signature.
"""

import base64

import msgspec

from ringfence.errors import Malformed
from ringfence.formats import simple_signing, strict_json
from ringfence.io import signature_files
from ringfence.model.fact import Fact
from ringfence.trust import openpgp_signing
from ringfence.trust.vouchers import SIGNATURE, Broken, OpenPgp, Simple, Voucher

_SIGSTORE = b"\0sigstore-json\n"


class _Sigstore(Fact, rename="camel"):
    mime_type: str
    payload: bytes
    annotations: dict[str, str] = {}


def folder(base: str, reference: str, digest: str) -> str:
    """Where the signatures of `host/path[:tag]` lie under a lookaside base."""
    return openpgp_signing.lookaside(base, reference, digest, 1).rpartition("/")[0]


def vouchers(where: str) -> tuple[Voucher, ...]:
    """What vouches in a folder. Raises `UnreadableInput` for files that cannot be read."""
    return tuple(_voucher(path.rpartition("/")[2], data) for path, data in signature_files.read(where))


def _voucher(name: str, data: bytes) -> Voucher:
    if not data.startswith(b"\0"):
        return OpenPgp(name, data)
    if not data.startswith(_SIGSTORE):
        return Broken(name, "it is a signature in a format nobody here knows")
    try:
        found = strict_json.decode(data.removeprefix(_SIGSTORE), _Sigstore, "cosign signature in a file")
        if found.mime_type != simple_signing.MEDIA_TYPE:
            return Broken(name, f"its media type {found.mime_type[:60]!r} is that of no signature")
        return Simple(name, found.payload, base64.b64decode(found.annotations.get(SIGNATURE, ""), validate=True))
    except (Malformed, ValueError, msgspec.ValidationError) as cause:
        return Broken(name, str(cause))
