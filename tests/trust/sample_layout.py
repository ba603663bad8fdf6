"""A small image in an OCI layout, and keys of every scheme, all made for the test that asks."""

import gzip
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pysequoia
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from ringfence.io import clock

LAYERS = (b"the base " * 1000, b"what is secret " * 500)
GZIPPED = "application/vnd.oci.image.layer.v1.tar+gzip"


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def image(folder: Path, tag: str = "v1", layers: tuple[bytes, ...] = LAYERS) -> str:
    """Writes the image; gives its digest. The layers are bytes, since nobody here reads what is in them."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)

    def put(data: bytes, media_type: str) -> dict[str, object]:
        (blobs / digest(data)[7:]).write_bytes(data)
        return {"mediaType": media_type, "digest": digest(data), "size": len(data)}

    config = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [digest(x) for x in layers]}}
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": put(json.dumps(config).encode(), "application/vnd.oci.image.config.v1+json"),
        "layers": [put(gzip.compress(item, mtime=0), GZIPPED) for item in layers],
        "annotations": {"kept": "yes"},
    }
    entry = put(json.dumps(manifest, separators=(",", ":")).encode(), str(manifest["mediaType"]))
    entry["annotations"] = {"org.opencontainers.image.ref.name": tag}
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    return str(entry["digest"])


@dataclass(frozen=True)
class Pair:
    """What a recipient is given to others as, and what opens for it: words of the command line."""

    recipient: str
    key: str


def _pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _public(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def _certificate(key: rsa.RSAPrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "reader")])
    now = datetime.fromisoformat(clock.now())
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def keys(folder: Path) -> dict[str, Pair]:
    """A key pair of every kind a recipient can be."""
    rsa_key, ec_key = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())
    pgp = pysequoia.Tsk.generate("reader <reader@example.test>")
    files = {
        "rsa.pem": _pem(rsa_key),
        "rsa.pub": _public(rsa_key),
        "ec.pem": _pem(ec_key),
        "ec.pub": _public(ec_key),
        "cert.pem": _certificate(rsa_key),
        "pgp.sec": str(pgp).encode(),
        "pgp.pub": bytes(pgp.extract_certificate()),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return {
        "jwe-rsa": Pair(f"jwe:{folder}/rsa.pub", f"{folder}/rsa.pem"),
        "jwe-ec": Pair(f"jwe:{folder}/ec.pub", f"{folder}/ec.pem"),
        "pkcs7": Pair(f"pkcs7:{folder}/cert.pem", f"{folder}/rsa.pem:{folder}/cert.pem"),
        "pgp": Pair(f"pgp:{folder}/pgp.pub", f"{folder}/pgp.sec"),
    }
