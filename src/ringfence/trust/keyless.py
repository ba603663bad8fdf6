"""Does a certificate of a sigstore instance vouch, offline: who it is for, and that the logs have it.

Source: sigstore's architecture-docs, client-spec.md, "Verification"; the work is sigstore-python's, given a trusted root in
place of the public one's. Checked are the chain at the time of signing, the SCT, the log's inclusion proof with its signed
checkpoint, the entry against the bundle, and identity and issuer. Nothing is asked of the network.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase

import sigstore.errors
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from sigstore.models import Bundle, TrustedRoot
from sigstore.verify import Verifier
from sigstore.verify.policy import OIDCIssuer, OIDCIssuerV2
from sigstore_models.trustroot.v1 import TrustedRoot as TrustedRootDocument

from ringfence.errors import UnreadableInput
from ringfence.trust.faults import Refused

MAX_ROOT_BYTES = 4 * 1024 * 1024
"""Bytes of a trusted root; the public instance's has some 10,000."""


@dataclass(frozen=True, slots=True)
class KeylessSigner:
    """Who may vouch: `subject` (an address or a URI; `*` stands for any characters) of `issuer`, under a trusted root."""

    name: str
    root: TrustedRoot
    subject: str
    issuer: str


def trusted_root(data: bytes, where: str) -> TrustedRoot:
    """A trusted root's JSON. Raises `UnreadableInput` naming `where`."""
    try:
        return TrustedRoot(TrustedRootDocument.from_json(data))
    # ValueError: pydantic's.
    except (ValueError, sigstore.errors.Error) as cause:
        raise UnreadableInput("is no trusted root", where=where, mend="see 'cosign trusted-root create'") from cause


def verify(bundle: bytes, signer: KeylessSigner) -> None:
    """Raises `Refused` unless `signer` signed the bundle's envelope, as the logs of its root say."""
    try:
        Verifier(trusted_root=signer.root).verify_dsse(Bundle.from_json(bundle), _Identity(signer.subject, signer.issuer))
    except InvalidSignature as cause:
        raise Refused("its certificate did not make it") from cause
    # ValueError, TypeError and the rest: what sigstore-python lets through of a document that is none.
    except (sigstore.errors.Error, x509.ExtensionNotFound, ValueError, TypeError, KeyError, AttributeError) as cause:
        raise Refused(f"it does not hold under {signer.name}: {str(cause).strip().splitlines()[0][:200]}") from cause


@dataclass(frozen=True, slots=True)
class _Identity:
    """sigstore-python's policy interface, with names that may have a `*`."""

    subject: str
    issuer: str

    def verify(self, cert: x509.Certificate) -> None:
        """Raises `VerificationError` unless the certificate is for the subject, by the issuer."""
        names = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        found = [*names.get_values_for_type(x509.RFC822Name), *names.get_values_for_type(x509.UniformResourceIdentifier)]
        if not any(fnmatchcase(name, self.subject.replace("[", "[[]").replace("?", "[?]")) for name in found):
            raise sigstore.errors.VerificationError(f"its signer is {', '.join(found)!r}")
        try:
            OIDCIssuerV2(self.issuer).verify(cert)
        except sigstore.errors.VerificationError:
            OIDCIssuer(self.issuer).verify(cert)
