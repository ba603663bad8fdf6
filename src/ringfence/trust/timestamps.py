"""Time stamps: when, at the latest, were these bytes there, by the word of an authority one trusts.

Source: RFC 3161. cosign stores the whole response, Notary Project the token in it alone; both are taken.
"""

from datetime import datetime

import rfc3161_client
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import VerifierBuilder

from ringfence.errors import Malformed, UnreadableInput
from ringfence.formats import der
from ringfence.io import named_file, timestamp_authority
from ringfence.trust.faults import Refused

MAX_CERTIFICATES_BYTES = 1024 * 1024
"""Bytes of a file of certificates."""
MAX_STAMP_BYTES = 256 * 1024
"""Bytes of a time stamp; with its certificates it has some 5,000."""
_GRANTED = der.write(der.SEQUENCE, der.write_integer(0))
"""PKIStatusInfo of a response that holds a token."""


def certificates(path: str) -> tuple[x509.Certificate, ...]:
    """The certificates in a PEM file. Raises `UnreadableInput` if there is none."""
    return parse_certificates(named_file.read(path, MAX_CERTIFICATES_BYTES), path)


def parse_certificates(data: bytes, where: str) -> tuple[x509.Certificate, ...]:
    """The certificates in PEM. Raises `UnreadableInput` naming `where` if there is none."""
    try:
        return tuple(x509.load_pem_x509_certificates(data))
    except ValueError as cause:
        raise UnreadableInput("holds no certificates in PEM", where=where) from cause


def stamped(stamp: bytes, message: bytes, trusted: tuple[x509.Certificate, ...]) -> datetime:
    """When `stamp` says that `message` was there. Raises `Refused` unless an authority of `trusted` made it over it."""
    if len(stamp) > MAX_STAMP_BYTES:
        raise Refused(f"its time stamp is larger than {MAX_STAMP_BYTES:,} bytes")
    try:
        response = rfc3161_client.decode_timestamp_response(_response(stamp))
        builder = VerifierBuilder()
        for certificate in trusted:
            if certificate.subject == certificate.issuer:
                builder = builder.add_root_certificate(certificate)
            elif _stamps(certificate):
                builder = builder.tsa_certificate(certificate)
            else:
                builder = builder.add_intermediate_certificate(certificate)
        builder.build().verify_message(response, message)
        return response.tst_info.gen_time
    # ValueError: what cannot be decoded, or no root among the certificates.
    except (rfc3161_client.VerificationError, ValueError, Malformed) as cause:
        raise Refused(f"its time stamp does not hold: {str(cause).splitlines()[0][:200]}") from cause


def ask(url: str, message: bytes) -> bytes:
    """A time stamp over `message` of the authority at `url`: the whole response. Raises `Unavailable`, `Refused`.

    That it is an answer to this question is checked, not who made it: that is for whoever verifies.
    """
    query = rfc3161_client.TimestampRequestBuilder().data(message).build()
    answer = timestamp_authority.ask(url, query.as_bytes())
    try:
        found = rfc3161_client.decode_timestamp_response(answer)
        said, asked = found.tst_info.message_imprint.message, query.message_imprint.message
        if found.status != 0 or said != asked or found.tst_info.nonce != query.nonce:
            raise Refused("its answer is not about what was asked", where=url)
    except ValueError as cause:
        raise Refused("its answer is no time stamp", where=url) from cause
    return answer


def token(response: bytes) -> bytes:
    """The token in a response, which is what Notary Project keeps. Raises `Malformed`."""
    parts = der.parse(response).children()
    if len(parts) != 2:
        raise Malformed("time stamp", "it holds no token")
    return parts[1].whole


def _response(stamp: bytes) -> bytes:
    """The response; a bare token is put into one."""
    outer = der.parse(stamp)
    first = outer.children()[:1]
    if first and first[0].tag == der.OBJECT:
        return der.write(der.SEQUENCE, _GRANTED, stamp)
    return stamp


def _stamps(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.TIME_STAMPING in usage
