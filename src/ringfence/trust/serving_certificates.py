"""Certificates that a server makes for itself: an authority, a serving certificate, and their rotation without a gap.

A client that holds the bundle of authorities can verify the server at every moment of a rotation: a new authority is in the
bundle for `OVERLAP` before anything is signed by it, and an old one stays for `OVERLAP` after nothing is. The whole state is
the certificates; their dates say what is due.

Sources: RFC 5280; kubernetes.io "Dynamic Admission Control" (a webhook is called by the name SERVICE.NAMESPACE.svc).
"""

import datetime as dt
from collections.abc import Iterable

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ringfence.errors import UnreadableInput
from ringfence.model.fact import Fact

AUTHORITY_DAYS = 3650
SERVING_DAYS = 90
RENEW_AT = 1 / 3
"""What is left of a certificate's time when its successor is made."""
OVERLAP = dt.timedelta(hours=1)
"""How long clients are given to take over a new bundle: far more than the API server needs."""
SKEW = dt.timedelta(minutes=5)
"""How far clocks may be apart."""
MAX_AUTHORITIES = 8
"""Authorities in a bundle; more than three are never needed."""


class Pair(Fact):
    """A certificate with its private key, both in PEM."""

    certificate: bytes
    key: bytes


class Certificates(Fact):
    """The authorities, the oldest first, and the certificate that is served, signed by one of them."""

    authorities: tuple[Pair, ...] = ()
    serving: Pair | None = None

    @property
    def bundle(self) -> bytes:
        """What clients verify by: every authority's certificate."""
        return b"".join(item.certificate for item in self.authorities)


def renewed(held: Certificates, names: tuple[str, ...], now: dt.datetime) -> Certificates:
    """The certificates as they should be now; equal to `held` if nothing is due. Raises `UnreadableInput` for bad PEM."""
    authorities = [item for item in held.authorities[-MAX_AUTHORITIES:] if _left(item, now) > dt.timedelta()]
    signer = _signer_of(held.serving, authorities)
    if signer is not None and held.serving is not None and now - _made(held.serving) >= OVERLAP:
        authorities = authorities[authorities.index(signer) :]
    if not authorities:
        authorities = [_authority(now)]
    elif _due(authorities[-1], now):
        authorities.append(_authority(now))
    ready = [item for item in authorities if now - _made(item) >= OVERLAP] or authorities[:1]
    serving = held.serving
    if serving is None or signer is not ready[-1] or _due(serving, now) or _names(serving) != set(names):
        serving = _serving(ready[-1], names, now)
    return Certificates(authorities=tuple(authorities), serving=serving)


def ends(pair: Pair) -> dt.datetime:
    """When the certificate ends."""
    return _load(pair).not_valid_after_utc


def _load(pair: Pair) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pair.certificate)
    except ValueError as cause:
        raise UnreadableInput(
            "is no certificate in PEM", where="certificates", mend="remove it: a new one is made"
        ) from cause


def _made(pair: Pair) -> dt.datetime:
    return _load(pair).not_valid_before_utc + SKEW


def _left(pair: Pair, now: dt.datetime) -> dt.timedelta:
    return _load(pair).not_valid_after_utc - now


def _due(pair: Pair, now: dt.datetime) -> bool:
    loaded = _load(pair)
    whole = loaded.not_valid_after_utc - loaded.not_valid_before_utc
    return loaded.not_valid_after_utc - now < whole * RENEW_AT


def _names(pair: Pair) -> set[str]:
    try:
        found = _load(pair).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return set()
    return set(found.value.get_values_for_type(x509.DNSName))


def _signer_of(serving: Pair | None, authorities: Iterable[Pair]) -> Pair | None:
    if serving is None:
        return None
    loaded = _load(serving)
    for item in authorities:
        try:
            loaded.verify_directly_issued_by(_load(item))
        # What cryptography raises for another issuer's name, kind of key, or signature.
        except (ValueError, TypeError, InvalidSignature):
            continue
        return item
    return None


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _builder(subject: x509.Name, key: ec.EllipticCurvePrivateKey, now: dt.datetime, days: int) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _authority(now: dt.datetime) -> Pair:
    key = _key()
    # The moment is in the name: two authorities of one bundle must be told apart by it.
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"ringfence admission {now:%Y-%m-%d %H:%M:%S}")])
    made = (
        _builder(name, key, now, AUTHORITY_DAYS)
        .issuer_name(name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Pair(certificate=made.public_bytes(serialization.Encoding.PEM), key=_pem(key))


def _serving(authority: Pair, names: tuple[str, ...], now: dt.datetime) -> Pair:
    try:
        signer = serialization.load_pem_private_key(authority.key, None)
    except (ValueError, TypeError) as cause:
        raise UnreadableInput(
            "is no private key in PEM", where="certificates", mend="remove it: a new one is made"
        ) from cause
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise UnreadableInput("is a private key of another kind", where="certificates", mend="remove it: a new one is made")
    issuer = _load(authority)
    key = _key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    made = (
        _builder(subject, key, now, SERVING_DAYS)
        .issuer_name(issuer.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
            critical=False,
        )
        .sign(signer, hashes.SHA256())
    )
    return Pair(certificate=made.public_bytes(serialization.Encoding.PEM), key=_pem(key))
