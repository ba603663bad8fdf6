"""CMS EnvelopedData in the two dialects that encrypted layers have.

Source: RFC 5652, section 6. ocicrypt's PKCS #7 library puts AES-GCM into plain EnvelopedData: the parameters are a
SEQUENCE with a primitive tag around another one that holds `[4] nonce, INTEGER 16`, and the tag follows the ciphertext. No
CMS library reads that. Standard AES-CBC is read as well, and ocicrypt reads it too.
"""

from ringfence.errors import Malformed
from ringfence.formats import der
from ringfence.formats.der import Value
from ringfence.model.fact import Fact

ENVELOPED = der.write_object("1.2.840.113549.1.7.3")
DATA = der.write_object("1.2.840.113549.1.7.1")
RSA = der.write_object("1.2.840.113549.1.1.1")
AES_128_GCM = der.write_object("2.16.840.1.101.3.4.1.6")
CIPHERS = {
    AES_128_GCM: "aes-128-gcm",
    der.write_object("2.16.840.1.101.3.4.1.46"): "aes-256-gcm",
    der.write_object("2.16.840.1.101.3.4.1.2"): "aes-128-cbc",
    der.write_object("2.16.840.1.101.3.4.1.42"): "aes-256-cbc",
}
_PRIMITIVE_SEQUENCE = 0x10


class KeyTransport(Fact):
    """A recipient: issuer (DER of the Name) and serial number of its certificate, and the content key under its RSA key."""

    issuer: bytes
    serial: int
    encrypted_key: bytes


class EnvelopedData(Fact):
    """A message: `cipher` is a value of `CIPHERS`, `nonce` the GCM nonce or the CBC initial vector."""

    recipients: tuple[KeyTransport, ...]
    cipher: str
    nonce: bytes
    content: bytes


def parse(data: bytes) -> EnvelopedData:
    """Reads a message. Recipients that are no RSA key transport are left out. Raises `Malformed`."""
    try:
        kind, body = der.parse(data).children()
        (message,) = body.children()
        parts = message.children()
        _version, recipients, content = parts[:3]
        content_type, algorithm, encrypted = content.children()
        cipher, parameters = algorithm.children()
    except ValueError as cause:
        raise Malformed("CMS message", "it has not the parts of EnvelopedData") from cause
    if kind.whole != ENVELOPED or content_type.whole != DATA:
        raise Malformed("CMS message", "it is no EnvelopedData of plain data")
    if cipher.whole not in CIPHERS:
        raise Malformed("CMS message", "its cipher is not AES in GCM or CBC mode")
    return EnvelopedData(
        recipients=tuple(found for item in recipients.children() if (found := _recipient(item)) is not None),
        cipher=CIPHERS[cipher.whole],
        nonce=_nonce(parameters),
        content=_content(encrypted),
    )


def _recipient(item: Value) -> KeyTransport | None:
    parts = item.children() if item.tag == der.SEQUENCE else ()
    if len(parts) != 4 or parts[1].tag != der.SEQUENCE:
        return None
    name, algorithm = parts[1].children(), parts[2].children()
    if len(name) != 2 or not algorithm or algorithm[0].whole != RSA:
        return None
    return KeyTransport(issuer=name[0].whole, serial=name[1].integer(), encrypted_key=parts[3].content)


def _nonce(parameters: Value) -> bytes:
    if parameters.tag == der.OCTETS:
        return parameters.content
    if parameters.tag not in (der.SEQUENCE, _PRIMITIVE_SEQUENCE):
        raise Malformed("CMS message", "its cipher has no parameters")
    children = parameters.children()
    if len(children) == 1 and children[0].tag == der.SEQUENCE:
        children = children[0].children()
    if not children:
        raise Malformed("CMS message", "its cipher has no nonce")
    return children[0].content


def _content(encrypted: Value) -> bytes:
    """`[0]`, either the bytes themselves or constructed of OCTET STRINGs."""
    if encrypted.tag == 0xA0:
        return b"".join(part.content for part in encrypted.children())
    return encrypted.content


def write(recipients: tuple[KeyTransport, ...], nonce: bytes, content: bytes) -> bytes:
    """A message under AES-128-GCM in ocicrypt's dialect; `content` ends in the 16 bytes of the tag."""
    infos = [
        der.write(
            der.SEQUENCE,
            der.write_integer(0),
            der.write(der.SEQUENCE, item.issuer, der.write_integer(item.serial)),
            der.write(der.SEQUENCE, RSA),
            der.write(der.OCTETS, item.encrypted_key),
        )
        for item in recipients
    ]
    parameters = der.write(der.SEQUENCE, der.write(0x84, nonce), der.write_integer(16))
    algorithm = der.write(der.SEQUENCE, AES_128_GCM, der.write(_PRIMITIVE_SEQUENCE, parameters))
    body = der.write(der.SEQUENCE, DATA, algorithm, der.write(0xA0, der.write(der.OCTETS, content)))
    message = der.write(der.SEQUENCE, der.write_integer(0), der.write(der.SET, *infos), body)
    return der.write(der.SEQUENCE, ENVELOPED, der.write(0xA0, message))
