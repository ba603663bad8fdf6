"""Does what is attached to an image vouch for it: so many of these signers, for this digest, under this name.

The order is: signature first, then strict reading, then the claim against what was asked. One voucher that fails takes
nothing from the others; all that was wrong with each is kept, so that "not signed" can be told from "signed by somebody
else".
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from ringfence.errors import Malformed, RingfenceError
from ringfence.formats import dsse, in_toto, notary_envelope, simple_signing
from ringfence.formats.dsse import Envelope
from ringfence.formats.in_toto import Statement
from ringfence.formats.oci_image import Descriptor
from ringfence.io import clock
from ringfence.trust import vouchers
from ringfence.trust.faults import Refused
from ringfence.trust.public_keys import PublicKey
from ringfence.trust.repository import Repository, described
from ringfence.trust.vouchers import Attested, Broken, Bundled, Notarised, OpenPgp, Simple, Voucher

if TYPE_CHECKING:
    from cryptography import x509

    from ringfence.trust.keyless import KeylessSigner
    from ringfence.trust.notary import NotarySigner
    from ringfence.trust.openpgp_signing import Certificate

SIGNATURE, BUNDLE, ATTESTATION, KEYLESS, NOTARY, OPENPGP = FORMS = (
    "signature",
    "bundle",
    "attestation",
    "keyless",
    "notary",
    "openpgp",
)
"""The forms a voucher has: cosign's claim, a bundle, an envelope, a bundle with a certificate, Notary Project, OpenPGP."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What must hold: `at_least` of the signers vouch, each counted once, by its name.

    `identity` is the repository that a signature or statement must name (`registry/path`, with or without a tag); empty
    asks for none, and then one made for another repository counts. `predicate` asks for statements of that type (a URI)
    in place of signatures of the image, `predicates` for those of one of several types, and `holds` says of each what is
    missing in it (empty: nothing). `forms` are those that count. With `stamps`, a key's signature counts only with a
    time stamp of such an authority.
    """

    keys: "tuple[PublicKey, ...]" = ()
    at_least: int = 1
    identity: str = ""
    predicate: str = ""
    predicates: tuple[str, ...] = ()
    certificates: "tuple[Certificate, ...]" = ()
    keyless: "tuple[KeylessSigner, ...]" = ()
    notary: "tuple[NotarySigner, ...]" = ()
    forms: frozenset[str] = frozenset(FORMS)
    stamps: "tuple[x509.Certificate, ...]" = ()
    holds: Callable[[Statement], str] = field(default=lambda _: "")
    now: datetime = field(default_factory=lambda: datetime.fromisoformat(clock.now()))

    @property
    def wanted(self) -> tuple[str, ...]:
        """The types of statement that are asked for; none if signatures are."""
        return (self.predicate,) if self.predicate else self.predicates

    @property
    def signers(self) -> tuple[str, ...]:
        """The names of those who may vouch."""
        names = [key.name for key in self.keys] + [certificate.name for certificate in self.certificates]
        names += [signer.name for signer in self.keyless] + [signer.name for signer in self.notary]
        return tuple(dict.fromkeys(names))


@dataclass(frozen=True, slots=True)
class Vouched:
    """A voucher that holds: by which signers, in which form, its statement if it has one, and what was only logged."""

    where: str
    form: str
    keys: tuple[str, ...]
    statement: Statement | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verified:
    """An image for which enough vouch; `refused` has what did not hold."""

    digest: str
    vouched: tuple[Vouched, ...]
    refused: tuple[str, ...]


def verify(repository: Repository, reference: str, demand: Demand, beside: Iterable[Voucher] = ()) -> Verified:
    """Verifies the image of a tag or digest by what is attached to it, and `beside` it.

    Raises `Refused` with the reason for everything that was there.
    """
    image = image_of(repository, reference)
    return judge(image, (*vouchers.attached(repository, image.digest), *beside), demand)


def image_of(repository: Repository, reference: str) -> Descriptor:
    """The descriptor of an image's manifest, as far as the repository has it."""
    data = repository.manifest(reference)
    return described(data) if data is not None else Descriptor(digest=reference)


def judge(image: Descriptor, found: Iterable[Voucher], demand: Demand) -> Verified:
    """Verifies what is attached to the manifest `image`. Raises `Refused`."""
    vouched, refused = [], []
    for voucher in found:
        try:
            made = _vouched(voucher, image, demand)
            if made.form not in demand.forms:
                raise Refused(f"a signature of the form {made.form!r} does not count here")
            vouched.append(made)
        except RingfenceError as fault:
            refused.append(f"{voucher.where}: {fault.wrong}")
    signers = {key for item in vouched for key in item.keys}
    if len(signers) >= demand.at_least:
        return Verified(image.digest, tuple(vouched), tuple(refused))
    what = f"statements of type {' or '.join(demand.wanted)}" if demand.wanted else "signatures"
    said = f"{len(signers)} of {demand.at_least} wanted" if vouched else "none holds" if refused else "none is attached"
    why = f": {'; '.join(refused)}" if refused else ""
    raise Refused(f"{what} of the given keys: {said}{why}", where=image.digest)


def _vouched(voucher: Voucher, image: Descriptor, demand: Demand) -> Vouched:
    match voucher:
        case Broken():
            raise Refused(voucher.why)
        case Simple():
            return _simple(voucher, image.digest, demand)
        case Attested():
            return _stated(voucher.where, ATTESTATION, voucher.envelope, image.digest, demand)
        case Bundled() if voucher.bundle.keyless:
            return _keyless(voucher, image.digest, demand)
        case Bundled(bundle=bundle):
            if bundle.envelope is None:
                raise Refused("it signs a blob, not an image")
            return _stated(voucher.where, BUNDLE, bundle.envelope, image.digest, demand, bundle.stamps)
        case Notarised():
            return _notarised(voucher, image, demand)
        case OpenPgp():
            return _openpgp(voucher, image.digest, demand)


def _simple(voucher: Simple, digest: str, demand: Demand) -> Vouched:
    _wants_signatures(demand)
    keys = tuple(key.name for key in demand.keys if key.signed(voucher.signature, voucher.payload))
    if not keys:
        raise Refused("none of the given keys made it")
    claim = simple_signing.parse(voucher.payload, simple_signing.COSIGN)
    _claims(claim, digest, demand)
    _stamped(voucher.stamps, voucher.signature, demand)
    return Vouched(voucher.where, SIGNATURE, keys)


def _wants_signatures(demand: Demand) -> None:
    if demand.wanted:
        raise Refused("it is a signature, not a statement")


def _claims(claim: simple_signing.Claim, digest: str, demand: Demand) -> None:
    if claim.digest != digest:
        raise Refused(f"it is for another image, {claim.digest}")
    if demand.identity and repository_of(claim.reference) != repository_of(demand.identity):
        raise Refused(f"it is for the repository {claim.reference!r}")


def repository_of(reference: str) -> str:
    """A reference without its tag and digest."""
    name = reference.partition("@")[0]
    head, colon, tag = name.rpartition(":")
    return head if colon and "/" not in tag else name


def _stated(
    where: str, form: str, envelope: Envelope, digest: str, demand: Demand, stamps: tuple[bytes, ...] = ()
) -> Vouched:
    signed = envelope.signed()
    keys = tuple(key.name for key in demand.keys if any(key.signed(item.sig, signed) for item in envelope.signatures))
    if not keys:
        raise Refused("none of the given keys made it")
    statement = _statement(envelope, digest, demand)
    _stamped(stamps, envelope.signatures[0].sig, demand)
    return Vouched(where, form, keys, statement if demand.wanted else None)


def _statement(envelope: Envelope, digest: str, demand: Demand) -> Statement:
    """What an envelope states, its signature being good. Raises `Refused` if it is not what is asked for."""
    if envelope.payload_type != dsse.IN_TOTO:
        raise Malformed("DSSE envelope", f"its payload is of type {envelope.payload_type[:60]!r}, no statement")
    statement = in_toto.parse(envelope.payload)
    names = statement.names_of(digest)
    if not names:
        raise Refused("it is about another image")
    if demand.identity and repository_of(demand.identity) not in map(repository_of, names):
        named = ", ".join(filter(None, names))
        # cosign 3 signs without a name; whoever asks for one is not answered by that.
        raise Refused(f"it is for the repository {named!r}" if named else "it names no repository, and one is asked for")
    wanted = demand.wanted or (in_toto.COSIGN_SIGN,)
    if statement.predicate_type not in wanted:
        raise Refused(f"it states {statement.predicate_type!r}, not {' or '.join(map(repr, wanted))}")
    missing = demand.holds(statement) if demand.wanted else ""
    if missing:
        raise Refused(missing)
    return statement


def _stamped(stamps: tuple[bytes, ...], signature: bytes, demand: Demand) -> None:
    """Raises `Refused` if time stamps are asked for and none holds."""
    if not demand.stamps:
        return
    from ringfence.trust import timestamps  # noqa: PLC0415 - only where time stamps are asked for

    if not stamps:
        raise Refused("it has no time stamp, and one is asked for")
    at = timestamps.stamped(stamps[0], signature, demand.stamps)
    if at > demand.now:
        raise Refused(f"its time stamp is of a time to come, {at:%Y-%m-%d %H:%M}")


def _keyless(voucher: Bundled, digest: str, demand: Demand) -> Vouched:
    if not demand.keyless:
        raise Refused("it is signed with a certificate, not with a key")
    if voucher.bundle.envelope is None:
        raise Refused("it signs a blob, not an image")
    from ringfence.trust import keyless  # noqa: PLC0415 - 0.5 s that only a run with certificates needs

    signers, said = [], []
    for signer in demand.keyless:
        try:
            keyless.verify(voucher.data, signer)
            signers.append(signer.name)
        except Refused as refusal:
            said.append(refusal.wrong)
    if not signers:
        raise Refused("; ".join(said))
    statement = _statement(voucher.bundle.envelope, digest, demand)
    return Vouched(voucher.where, KEYLESS, tuple(signers), statement if demand.wanted else None)


def _notarised(voucher: Notarised, image: Descriptor, demand: Demand) -> Vouched:
    _wants_signatures(demand)
    if not demand.notary:
        raise Refused("it is a Notary Project signature, and no certificates for such were given")
    from ringfence.trust import notary  # noqa: PLC0415 - as above

    envelope = notary_envelope.parse(voucher.data, voucher.media_type)
    signers, said = [], []
    notes: list[str] = []
    for signer in demand.notary:
        try:
            notes += notary.verify(envelope, image, signer, demand.now)
            signers.append(signer.name)
        except Refused as refusal:
            said.append(f"{signer.name}: {refusal.wrong}")
    if not signers:
        raise Refused("; ".join(said))
    return Vouched(voucher.where, NOTARY, tuple(signers), notes=tuple(notes))


def _openpgp(voucher: OpenPgp, digest: str, demand: Demand) -> Vouched:
    _wants_signatures(demand)
    if not demand.certificates:
        raise Refused("it is an OpenPGP signature, and no certificates for such were given")
    from ringfence.trust import openpgp_signing  # noqa: PLC0415 - as above

    claim, names = openpgp_signing.verify(voucher.message, demand.certificates, digest)
    _claims(claim, digest, demand)
    return Vouched(voucher.where, OPENPGP, names)
