"""What other tools want of a sigstore instance's trusted root: certificates and keys, one by one.

Source: sigstore/protobuf-specs, sigstore_trustroot.proto; JSON by proto3's mapping.
"""

import base64

import msgspec

from ringfence.errors import Malformed
from ringfence.formats import typed_json
from ringfence.model.fact import Fact


class InstanceKeys(Fact):
    """`authorities` and `stamps` are PEM bundles in base64, the signer's issuer first; `logs` and `certificate_logs` PEM
    keys in base64. `parts` has the lists of the document as they are, by name.
    """

    authorities: str
    logs: tuple[str, ...]
    certificate_logs: tuple[str, ...]
    parts: dict[str, list[msgspec.Raw]]


class _Bytes(Fact, rename="camel"):
    raw_bytes: bytes


class _Chain(Fact):
    certificates: tuple[_Bytes, ...]


class _Authority(Fact, rename="camel"):
    cert_chain: _Chain


class _Log(Fact, rename="camel"):
    public_key: _Bytes


class _Root(Fact, rename="camel"):
    certificate_authorities: tuple[_Authority, ...] = ()
    tlogs: tuple[_Log, ...] = ()
    ctlogs: tuple[_Log, ...] = ()


PARTS = ("tlogs", "certificateAuthorities", "ctlogs", "timestampAuthorities")


def keys_of(root: str) -> InstanceKeys:
    """The parts of a trusted root. Raises `Malformed`."""
    found = typed_json.decode(root.encode(), _Root, "trusted root")
    members = typed_json.decode(root.encode(), dict[str, msgspec.Raw], "trusted root")
    if not found.certificate_authorities:
        raise Malformed("trusted root", "it has no certificate authority")
    chain = [item.raw_bytes for authority in found.certificate_authorities for item in authority.cert_chain.certificates]
    return InstanceKeys(
        authorities=_coded(b"".join(pem("CERTIFICATE", item) for item in chain)),
        logs=tuple(_coded(pem("PUBLIC KEY", item.public_key.raw_bytes)) for item in found.tlogs),
        certificate_logs=tuple(_coded(pem("PUBLIC KEY", item.public_key.raw_bytes)) for item in found.ctlogs),
        parts={
            name: typed_json.decode(bytes(members.get(name, msgspec.Raw(b"[]"))), list[msgspec.Raw], name) for name in PARTS
        },
    )


def pem(label: str, der: bytes) -> bytes:
    """DER as PEM (RFC 7468)."""
    body = base64.b64encode(der)
    lines = b"\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return b"-----BEGIN %b-----\n%b\n-----END %b-----\n" % (label.encode(), lines, label.encode())


def _coded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def plain(coded: str) -> str:
    """The PEM out of its base64."""
    return base64.b64decode(coded).decode()


class InstanceParts(Fact):
    """Addresses of an instance's services, in the order of its keys; empty where the root names none."""

    authority_url: str
    log_urls: tuple[str, ...]
    certificate_log_urls: tuple[str, ...]
    authorities_of_time: int


class _Url(Fact, rename="camel"):
    base_url: str = ""
    uri: str = ""


def parts_of(root: str) -> InstanceParts:
    """The addresses in a trusted root. Raises `Malformed`."""
    parts = keys_of(root).parts
    urls = {name: [typed_json.decode(bytes(item), _Url, name) for item in items] for name, items in parts.items()}
    return InstanceParts(
        authority_url=next((item.uri for item in urls["certificateAuthorities"]), ""),
        log_urls=tuple(item.base_url for item in urls["tlogs"]),
        certificate_log_urls=tuple(item.base_url for item in urls["ctlogs"]),
        authorities_of_time=len(urls["timestampAuthorities"]),
    )


def der_certificates(text: str) -> tuple[bytes, ...]:
    """The certificates of a PEM bundle. Raises `Malformed`."""
    found = []
    for part in text.split("-----BEGIN CERTIFICATE-----")[1:]:
        try:
            found.append(base64.b64decode("".join(part.partition("-----END")[0].split()), validate=True))
        except ValueError as cause:
            raise Malformed("certificate", "it is no base64") from cause
    return tuple(found)
