"""Does a Notary Project signature vouch for an image, by certificates one trusts.

Source: notaryproject/specifications, specs/trust-store-trust-policy.md (levels, identities) and signature-specification.md
(certificates). Integrity is always enforced; what else is follows the level. Nothing is asked of the network: revocation is
told by lists that were given (`crls`), and where a certificate points to one that was not, that is not taken for "not
revoked".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from ringfence.errors import Malformed
from ringfence.formats import notary_envelope
from ringfence.formats.notary_envelope import NotaryEnvelope
from ringfence.formats.notary_policy import ANY_IDENTITY, STRICT, Level
from ringfence.formats.oci_image import Descriptor
from ringfence.trust import notary_algorithm, timestamps
from ringfence.trust.faults import Refused

_WEAK = (hashes.SHA1, hashes.MD5)


@dataclass(frozen=True, slots=True)
class NotarySigner:
    """Whom a signature may come from: certificates under `trusted`, whose subject has all of one of `subjects`.

    `authority` trusts `trusted` as signing authorities, whose word on the time counts. `stamps` are the roots of time
    stamps.
    """

    name: str
    trusted: tuple[x509.Certificate, ...]
    subjects: tuple[str, ...] = (ANY_IDENTITY,)
    level: Level = STRICT
    authority: bool = False
    stamps: tuple[x509.Certificate, ...] = ()
    crls: tuple[x509.CertificateRevocationList, ...] = ()


@dataclass(frozen=True, slots=True)
class _Looked:
    """A fault found at a step, and what the level says of that step."""

    step: str
    why: str


def verify(envelope: NotaryEnvelope, image: Descriptor, signer: NotarySigner, now: datetime) -> tuple[str, ...]:
    """What was logged, not enforced, of a signature of `signer` over `image`. Raises `Refused`, `Malformed`."""
    try:
        return _verified(envelope, _certificates(envelope.chain), image, signer, now)
    except UnsupportedAlgorithm as cause:
        raise Refused(f"its certificates use what nobody here knows: {cause}") from cause


def _verified(
    envelope: NotaryEnvelope, chain: tuple[x509.Certificate, ...], image: Descriptor, signer: NotarySigner, now: datetime
) -> tuple[str, ...]:
    _integrity(envelope, chain[0])
    if envelope.plugin:
        raise Refused(f"it wants the plug-in {envelope.plugin[:60]!r}, and none is run")
    said = notary_envelope.target(envelope.payload)
    if (said.digest, said.size, said.media_type) != (image.digest, image.size, image.media_type):
        raise Refused(f"it is for another image, {said.digest[:80]}")
    logged = []
    for fault in _faults(envelope, chain, signer, now):
        match signer.level.of(fault.step):
            case "enforce":
                raise Refused(f"{fault.step}: {fault.why}")
            case "log":
                logged.append(f"{fault.step}: {fault.why}")
            case _:
                pass
    return tuple(logged)


def _certificates(chain: tuple[bytes, ...]) -> tuple[x509.Certificate, ...]:
    try:
        return tuple(x509.load_der_x509_certificate(item) for item in chain)
    except ValueError as cause:
        raise Malformed("Notary Project signature", "one of its certificates is none") from cause


def _integrity(envelope: NotaryEnvelope, leaf: x509.Certificate) -> None:
    key = leaf.public_key()
    name = notary_algorithm.of(key)
    if envelope.algorithm != name:
        raise Refused(f"it is signed with {envelope.algorithm[:20]!r}, and its key's algorithm is {name}")
    digest = notary_algorithm.hash_of(name)
    try:
        if isinstance(key, rsa.RSAPublicKey):
            pss = padding.PSS(padding.MGF1(digest), digest.digest_size)
            key.verify(envelope.signature, envelope.signed, pss, digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            half = (key.key_size + 7) // 8
            if len(envelope.signature) != 2 * half:
                raise InvalidSignature
            r, s = (int.from_bytes(part, "big") for part in (envelope.signature[:half], envelope.signature[half:]))
            key.verify(encode_dss_signature(r, s), envelope.signed, ec.ECDSA(digest))
    except InvalidSignature as cause:
        raise Refused("its certificate did not make it, or it was changed") from cause


def _faults(
    envelope: NotaryEnvelope, chain: tuple[x509.Certificate, ...], signer: NotarySigner, now: datetime
) -> Iterator[_Looked]:
    yield from (_Looked("authenticity", why) for why in _authenticity(envelope, chain, signer))
    yield from (_Looked("authenticTimestamp", why) for why in _time(envelope, chain, signer, now))
    if envelope.expiry is not None and now >= envelope.expiry:
        yield _Looked("expiry", f"it expired at {envelope.expiry:%Y-%m-%d %H:%M}")
    yield from (_Looked("revocation", why) for why in _revocation(chain, signer))


def _authenticity(envelope: NotaryEnvelope, chain: tuple[x509.Certificate, ...], signer: NotarySigner) -> Iterator[str]:
    if (envelope.scheme == notary_envelope.SCHEME_AUTHORITY) is not signer.authority:
        yield f"its scheme {envelope.scheme} is not that of this trust store"
    trusted = {certificate.fingerprint(hashes.SHA256()) for certificate in signer.trusted}
    if not any(certificate.fingerprint(hashes.SHA256()) in trusted for certificate in chain):
        yield f"its certificates end at {_name(chain[-1])!r}, which is not trusted"
    for place, certificate in enumerate(chain):
        issuer = chain[min(place + 1, len(chain) - 1)]
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            yield f"{_name(certificate)!r} was not issued by {_name(issuer)!r}"
        if isinstance(certificate.signature_hash_algorithm, _WEAK):
            yield f"{_name(certificate)!r} is signed with a broken hash"
        why = _usage(certificate, place)
        if why:
            yield f"{_name(certificate)!r} {why}"
    leaf = chain[0]
    if not any(_fits(leaf.subject, wanted) for wanted in signer.subjects):
        yield f"its signer is {_name(leaf)!r}"


def _usage(certificate: x509.Certificate, place: int) -> str:
    """What forbids a certificate at this place of the chain (0: the leaf); empty if nothing."""
    try:
        found = certificate.extensions
        usage = found.get_extension_for_class(x509.KeyUsage)
    except x509.ExtensionNotFound:
        return "does not say what its key is for"
    except (ValueError, x509.DuplicateExtension):
        return "has extensions that cannot be read"
    if any(item.critical and isinstance(item.value, x509.UnrecognizedExtension) for item in found):
        return "has a critical extension nobody here knows"
    if place == 0:
        eku = _extended(certificate)
        if not usage.critical or not usage.value.digital_signature or usage.value.key_cert_sign:
            return "is not for signatures alone"
        if eku is not None and (ExtendedKeyUsageOID.CODE_SIGNING not in eku or ExtendedKeyUsageOID.TIME_STAMPING in eku):
            return "is not for signing code"
        return ""
    try:
        basic = found.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return "is no authority"
    if not (basic.critical and basic.value.ca and usage.critical and usage.value.key_cert_sign):
        return "is no authority"
    if basic.value.path_length is not None and basic.value.path_length < place - 1:
        return "may not stand that far from the signer"
    return ""


def _extended(certificate: x509.Certificate) -> x509.ExtendedKeyUsage | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return None


def _time(
    envelope: NotaryEnvelope, chain: tuple[x509.Certificate, ...], signer: NotarySigner, now: datetime
) -> Iterator[str]:
    """Why the certificates were not all valid when it was signed, as far as that time can be believed."""
    at, believed = now, "now"
    if envelope.scheme == notary_envelope.SCHEME_AUTHORITY and envelope.signing_time is not None:
        at, believed = envelope.signing_time, "when its authority says it was signed"
    elif signer.stamps and (signer.level.always_stamp or not _valid(chain, now)):
        if not envelope.timestamp:
            yield "it has no time stamp"
            return
        try:
            at = timestamps.stamped(envelope.timestamp, envelope.signature, signer.stamps)
        except Refused as refusal:
            yield refusal.wrong
            return
        believed = "at its time stamp"
    for certificate in chain:
        if not _valid((certificate,), at):
            yield f"{_name(certificate)!r} was not valid {believed} ({at:%Y-%m-%d %H:%M})"


def _valid(chain: tuple[x509.Certificate, ...], at: datetime) -> bool:
    return all(item.not_valid_before_utc <= at <= item.not_valid_after_utc for item in chain)


def _revocation(chain: tuple[x509.Certificate, ...], signer: NotarySigner) -> Iterator[str]:
    for certificate, issuer in pairwise(chain):
        lists = [item for item in signer.crls if item.issuer == issuer.subject and _made_by(item, issuer)]
        if any(item.get_revoked_certificate_by_serial_number(certificate.serial_number) for item in lists):
            yield f"{_name(certificate)!r} is revoked"
        elif not lists and _points_to_revocation(certificate):
            yield f"whether {_name(certificate)!r} is revoked cannot be told: its authority's list was not given"


def _made_by(revoked: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    key = issuer.public_key()
    return isinstance(key, (rsa.RSAPublicKey, ec.EllipticCurvePublicKey)) and revoked.is_signature_valid(key)


def _points_to_revocation(certificate: x509.Certificate) -> bool:
    """Whether a list or a responder (OCSP) is named where its authority tells what it revoked."""
    try:
        certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints)
    except x509.ExtensionNotFound:
        pass
    else:
        return True
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return False
    return any(item.access_method == AuthorityInformationAccessOID.OCSP for item in access)


_COMMA = re.compile(r"(?<!\\),\s*")


def _fits(subject: x509.Name, wanted: str) -> bool:
    """Whether a subject has every attribute of `x509.subject: C=..., ST=..., O=...`."""
    if wanted == ANY_IDENTITY:
        return True
    kind, _, names = wanted.partition(":")
    if kind.strip() != "x509.subject":
        return False
    try:
        asked = x509.Name.from_rfc4514_string(",".join(_COMMA.split(names.strip())))
    except ValueError:
        return False
    have = [(item.oid, item.value) for item in subject]
    return len(asked.rdns) > 0 and all((item.oid, item.value) in have for item in asked)


def _name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()[:200]
