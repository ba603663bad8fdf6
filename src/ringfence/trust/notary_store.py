"""A trust store of the Notary Project on this host, and the signers that a trust policy makes of it.

Source: notaryproject/specifications, specs/trust-store-trust-policy.md:
`x509/{ca,signingAuthority,tsa}/NAME/*.{pem,crt,cer}`, no symbolic links, nothing below.
"""

import os

from cryptography import x509

from ringfence.errors import UnreadableInput
from ringfence.formats import notary_policy
from ringfence.formats.notary_policy import NotaryPolicy
from ringfence.io import named_file
from ringfence.trust import timestamps
from ringfence.trust.faults import Refused
from ringfence.trust.notary import NotarySigner
from ringfence.trust.verifying import repository_of

_SUFFIXES = (".pem", ".crt", ".cer")
_KINDS = ("ca", "signingAuthority", "tsa")


def signers(
    policies: tuple[NotaryPolicy, ...],
    store: str,
    repository: str,
    crls: tuple[x509.CertificateRevocationList, ...] = (),
) -> tuple[NotarySigner, ...]:
    """Who may sign an image of `repository`, by a policy. Raises `Refused` where it lets nobody, `UnreadableInput`."""
    policy = notary_policy.policy_for(policies, repository_of(repository))
    if policy is None:
        raise Refused("the trust policy has no statement about it", where=repository)
    if policy.skip:
        raise Refused(f"the trust policy skips it ({policy.name}): nothing is verified", where=repository)
    words = [word.partition(":") for word in policy.stores]
    stamps = tuple(item for kind, _, name in words if kind == "tsa" for item in _certificates(store, kind, name))
    return tuple(
        NotarySigner(
            f"{kind}:{name}",
            _certificates(store, kind, name),
            policy.identities,
            policy.level,
            kind == "signingAuthority",
            stamps,
            crls,
        )
        for kind, _, name in words
        if kind != "tsa"
    )


def _certificates(store: str, kind: str, name: str) -> tuple[x509.Certificate, ...]:
    if kind not in _KINDS or not name or "/" in name or name.startswith("."):
        raise UnreadableInput(
            "is no trust store", where=f"{kind}:{name}", mend="write ca:NAME, signingAuthority:NAME or tsa:NAME"
        )
    folder = os.path.join(store, "x509", kind, name)
    try:
        paths = sorted(item.path for item in os.scandir(folder) if item.name.endswith(_SUFFIXES))
    except OSError as cause:
        raise UnreadableInput(cause.strerror or str(cause), where=folder) from cause
    found: list[x509.Certificate] = []
    for path in paths:
        if os.path.islink(path):
            raise UnreadableInput("is a symbolic link, which a trust store must not have", where=path)
        data = named_file.read(path, timestamps.MAX_CERTIFICATES_BYTES)
        if data.startswith(b"-----"):
            found += timestamps.parse_certificates(data, path)
        else:
            found.append(_der(data, path))
    if not found:
        raise UnreadableInput("holds no certificate", where=folder)
    return tuple(found)


def _der(data: bytes, path: str) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(data)
    except ValueError as cause:
        raise UnreadableInput("is no certificate", where=path) from cause


def revoked(data: bytes, path: str) -> x509.CertificateRevocationList:
    """A list of revoked certificates, PEM or DER. Raises `UnreadableInput`."""
    try:
        return x509.load_pem_x509_crl(data) if data.startswith(b"-----") else x509.load_der_x509_crl(data)
    except ValueError as cause:
        raise UnreadableInput("is no list of revoked certificates", where=path) from cause
