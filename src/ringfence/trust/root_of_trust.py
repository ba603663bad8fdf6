"""A root of trust as a file: which version is in force, and how the next one comes to be.

The mechanics are those of TUF (theupdateframework.io/specification, 5.3 and 6.1; why not its library: docs/adr/0041): a
version counts when a threshold of the signers named by the version before it *and* of those it names itself have signed it;
it ends at a date; and whoever has seen a version takes no older one (`Pin`), nor another of the same number.
"""

import hashlib
import os
import secrets
from dataclasses import dataclass
from datetime import datetime

import msgspec

from ringfence.errors import UnreadableInput
from ringfence.formats import strict_json, trust_document, trust_file
from ringfence.formats.dsse import Envelope, EnvelopeSignature
from ringfence.formats.trust_document import Signers, TrustDocument
from ringfence.formats.trust_file import SignedVersion
from ringfence.io import named_file, private_file
from ringfence.model.fact import Fact
from ringfence.trust import public_keys
from ringfence.trust.faults import Refused
from ringfence.trust.signer import Signer

DRAFT = ".draft"
"""What is put behind a file's name for the version that is not in force yet."""
MAX_PIN_BYTES = 4096


class Pin(Fact, forbid_unknown_fields=True):
    """The newest version that was seen of a root: its number, and the digest of what was signed."""

    version: int
    digest: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a version stands: who has signed it, of the signers of the version before (empty for the first) and of its own."""

    document: TrustDocument
    before: tuple[str, ...]
    own: tuple[str, ...]
    lacking: str = ""


def read(path: str) -> tuple[SignedVersion, ...]:
    """The versions in a file. Raises `UnreadableInput`, `Malformed`."""
    try:
        return trust_file.parse(named_file.read(path, trust_file.MAX_BYTES))
    except UnreadableInput as cause:
        cause.where = cause.where or path
        raise


def in_force(versions: tuple[SignedVersion, ...], now: datetime, pin: Pin | None = None) -> TrustDocument:
    """The newest version, every step to it checked from the pinned one on (without a pin: from the first, on trust).

    Raises `Refused` for a version too few signed, one older than was seen, another of the same number, or one that has
    ended.
    """
    newest = versions[-1]
    before: Signers | None = None
    following = versions
    if pin is not None:
        if newest.document.version < pin.version:
            raise Refused(
                f"is version {newest.document.version}, and version {pin.version} was seen before: it was put back"
            )
        seen = pin.version - versions[0].document.version
        if seen < 0 or digest_of(versions[seen]) != pin.digest:
            raise Refused(f"its version {pin.version} is not the one that was seen before")
        before, following = versions[seen].document.signers, versions[seen + 1 :]
    for item in following:
        lacking = _standing(item, before).lacking
        if lacking:
            raise Refused(f"its version {item.document.version} is not in force: {lacking}")
        before = item.document.signers
    if newest.document.expires <= now:
        raise Refused(f"its version {newest.document.version} ended at {newest.document.expires:%Y-%m-%d %H:%M}")
    return newest.document


def digest_of(version: SignedVersion) -> str:
    """The digest of what was signed."""
    return f"sha256:{hashlib.sha256(version.envelope.payload).hexdigest()}"


def _standing(version: SignedVersion, before: Signers | None) -> Standing:
    own = _signed(version.envelope, version.document.signers)
    old = _signed(version.envelope, before) if before is not None else ()
    said = []
    if before is not None and len(old) < before.threshold:
        said.append(f"{len(old)} of the {before.threshold} signers wanted by the version before it have signed")
    if len(own) < version.document.signers.threshold:
        said.append(f"{len(own)} of the {version.document.signers.threshold} signers it wants itself have signed")
    return Standing(version.document, old, own, "; ".join(said))


def _signed(envelope: Envelope, signers: Signers) -> tuple[str, ...]:
    """Who of the signers has signed, each counted once whatever the number of signatures."""
    data = envelope.signed()
    found = [public_keys.parse(pem.encode(), name) for name, pem in signers.keys.items()]
    keys = {key.hint: key for key in found}.values()  # one key under two names is one signer
    return tuple(key.name for key in keys if any(key.signed(item.sig, data) for item in envelope.signatures))


def pinned(path: str) -> Pin | None:
    """What was seen of a root before, if anything. Raises `UnreadableInput`, `Malformed`."""
    if not os.path.exists(path):
        return None
    return strict_json.decode(named_file.read(path, MAX_PIN_BYTES), Pin, "note of the root of trust seen last")


def remember(path: str, version: SignedVersion) -> None:
    """Notes the newest version seen. Raises `Unavailable`."""
    pin = Pin(version=version.document.version, digest=digest_of(version))
    private_file.write(path, msgspec.json.encode(pin))


def begin(path: str, signers: Signers, expires: datetime) -> TrustDocument:
    """The first version of a new root, as a draft beside `path`. Raises `UnreadableInput` if there is one already."""
    if os.path.exists(path) or os.path.exists(path + DRAFT):
        raise UnreadableInput("is there already", where=path, mend="name another file")
    document = TrustDocument(id=secrets.token_hex(16), version=1, expires=expires, signers=signers)
    keep_draft(path, document)
    return document


def draft(path: str) -> TrustDocument:
    """The version in the making: the draft, or what follows the newest version. Raises `UnreadableInput`, `Malformed`."""
    found = _draft(path)
    if found is not None:
        return found.document
    newest = read(path)[-1].document
    return msgspec.structs.replace(newest, version=newest.version + 1)


def keep_draft(path: str, document: TrustDocument) -> None:
    """Keeps a changed draft, without the signatures of what it was. Raises `Malformed`, `Unavailable`."""
    payload = trust_document.write(document)
    envelope = Envelope(payload=payload, payload_type=trust_document.PAYLOAD_TYPE, signatures=())
    private_file.write(path + DRAFT, trust_file.write((envelope,)), 0o644)


def standing(path: str) -> Standing | None:
    """How the draft stands; None if there is none. Raises `UnreadableInput`, `Malformed`."""
    found = _draft(path)
    return _standing(found, _before(path)) if found is not None else None


def sign(path: str, key: Signer) -> Standing:
    """Signs the draft; when enough have, it goes into the file and is in force. Raises `UnreadableInput`, `Refused`."""
    found = _draft(path)
    if found is None:
        raise UnreadableInput("has no draft to sign", where=path, mend="see 'ringfence trust add', 'rotate'")
    before = _before(path)
    data = found.envelope.signed()
    wanted = [*found.document.signers.keys.items(), *(before.keys.items() if before is not None else ())]
    if not any(public_keys.parse(pem.encode(), name).hint == key.public.hint for name, pem in wanted):
        raise Refused("its key is none of those that may sign this version", where=key.public.name)
    already = any(key.public.signed(item.sig, data) for item in found.envelope.signatures)
    made = EnvelopeSignature(sig=key.sign(data), keyid=key.public.hint)
    signatures = found.envelope.signatures if already else (*found.envelope.signatures, made)
    envelope = msgspec.structs.replace(found.envelope, signatures=signatures)
    now = _standing(SignedVersion(envelope=envelope, document=found.document), before)
    if now.lacking:
        private_file.write(path + DRAFT, trust_file.write((envelope,)), 0o644)
    else:
        older = tuple(item.envelope for item in read(path)) if os.path.exists(path) else ()
        private_file.write(path, trust_file.write((*older, envelope)), 0o644)
        private_file.remove(path + DRAFT)
    return now


def _draft(path: str) -> SignedVersion | None:
    if not os.path.exists(path + DRAFT):
        return None
    (found,) = read(path + DRAFT)[:1]
    if os.path.exists(path):
        newest = read(path)[-1].document
        if (found.document.id, found.document.version) != (newest.id, newest.version + 1):
            raise UnreadableInput("does not follow the newest version", where=path + DRAFT, mend="remove it and begin again")
    return found


def _before(path: str) -> Signers | None:
    return read(path)[-1].document.signers if os.path.exists(path) else None
