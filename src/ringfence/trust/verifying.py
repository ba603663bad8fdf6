"""Does what is attached to an image vouch for it: so many of these keys, for this digest, under this name.

The order is: signature first, then strict reading, then the claim against what was asked. One voucher that fails takes
nothing from the others; all that was wrong with each is kept, so that "not signed" can be told from "signed by somebody
else".
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ringfence.errors import Malformed, RingfenceError
from ringfence.formats import dsse, in_toto, simple_signing
from ringfence.formats.dsse import Envelope
from ringfence.formats.in_toto import Statement
from ringfence.trust import vouchers
from ringfence.trust.faults import Refused
from ringfence.trust.public_keys import PublicKey
from ringfence.trust.repository import Repository, digest_of
from ringfence.trust.vouchers import Attested, Broken, Bundled, Simple, Voucher


@dataclass(frozen=True, slots=True)
class Demand:
    """What must hold: `at_least` of `keys` vouch.

    `identity` is the repository that a signature or statement must name (`registry/path`, with or without a tag); empty asks
    for none, and then one made for another repository counts. `predicate` asks for statements of that type (a URI) in place
    of signatures of the image.
    """

    keys: tuple[PublicKey, ...]
    at_least: int = 1
    identity: str = ""
    predicate: str = ""


@dataclass(frozen=True, slots=True)
class Vouched:
    """A voucher that holds: by which keys, in which form, and its statement if it has one."""

    where: str
    form: str
    keys: tuple[str, ...]
    statement: Statement | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """An image for which enough vouch; `refused` has what did not hold."""

    digest: str
    vouched: tuple[Vouched, ...]
    refused: tuple[str, ...]


def verify(repository: Repository, reference: str, demand: Demand) -> Verified:
    """Verifies the image of a tag or digest. Raises `Refused` with the reason for everything that was attached."""
    data = repository.manifest(reference)
    digest = digest_of(data) if data is not None else reference
    return judge(digest, vouchers.attached(repository, digest), demand)


def judge(digest: str, found: Iterable[Voucher], demand: Demand) -> Verified:
    """Verifies what is attached to the manifest `digest`. Raises `Refused`."""
    vouched, refused = [], []
    for voucher in found:
        try:
            vouched.append(_vouched(voucher, digest, demand))
        except RingfenceError as fault:
            refused.append(f"{voucher.where}: {fault.wrong}")
    signers = {key for item in vouched for key in item.keys}
    if len(signers) >= demand.at_least:
        return Verified(digest, tuple(vouched), tuple(refused))
    what = f"statements of type {demand.predicate}" if demand.predicate else "signatures"
    said = f"{len(signers)} of {demand.at_least} wanted" if vouched else "none holds" if refused else "none is attached"
    why = f": {'; '.join(refused)}" if refused else ""
    raise Refused(f"{what} of the given keys: {said}{why}", where=digest)


def _vouched(voucher: Voucher, digest: str, demand: Demand) -> Vouched:
    match voucher:
        case Broken():
            raise Refused(voucher.why)
        case Simple():
            return _simple(voucher, digest, demand)
        case Attested():
            return _stated(voucher.where, "attestation", voucher.envelope, digest, demand)
        case Bundled():
            bundle = voucher.bundle
            if bundle.keyless:
                raise Refused("it is signed with a certificate, not with a key")
            if bundle.envelope is not None:
                return _stated(voucher.where, "bundle", bundle.envelope, digest, demand)
            raise Refused("it signs a blob, not an image")


def _simple(voucher: Simple, digest: str, demand: Demand) -> Vouched:
    if demand.predicate:
        raise Refused("it is a signature, not a statement")
    keys = tuple(key.name for key in demand.keys if key.signed(voucher.signature, voucher.payload))
    if not keys:
        raise Refused("none of the given keys made it")
    claim = simple_signing.parse(voucher.payload, simple_signing.COSIGN)
    if claim.digest != digest:
        raise Refused(f"it is for another image, {claim.digest}")
    if demand.identity and _repository(claim.reference) != _repository(demand.identity):
        raise Refused(f"it is for the repository {claim.reference!r}")
    return Vouched(voucher.where, "signature", keys)


def _repository(reference: str) -> str:
    """A reference without its tag and digest."""
    name = reference.partition("@")[0]
    head, colon, tag = name.rpartition(":")
    return head if colon and "/" not in tag else name


def _stated(where: str, form: str, envelope: Envelope, digest: str, demand: Demand) -> Vouched:
    signed = envelope.signed()
    keys = tuple(key.name for key in demand.keys if any(key.signed(item.sig, signed) for item in envelope.signatures))
    if not keys:
        raise Refused("none of the given keys made it")
    if envelope.payload_type != dsse.IN_TOTO:
        raise Malformed("DSSE envelope", f"its payload is of type {envelope.payload_type[:60]!r}, no statement")
    statement = in_toto.parse(envelope.payload)
    names = statement.names_of(digest)
    if not names:
        raise Refused("it is about another image")
    if demand.identity and _repository(demand.identity) not in map(_repository, names):
        named = ", ".join(filter(None, names))
        # cosign 3 signs without a name; whoever asks for one is not answered by that.
        raise Refused(f"it is for the repository {named!r}" if named else "it names no repository, and one is asked for")
    wanted = demand.predicate or in_toto.COSIGN_SIGN
    if statement.predicate_type != wanted:
        raise Refused(f"it states {statement.predicate_type!r}, not {wanted!r}")
    return Vouched(where, form, keys, statement if demand.predicate else None)
