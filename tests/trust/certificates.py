"""A certificate authority, signers it vouches for, and a time stamp authority, made for the test that asks."""

import contextlib
import subprocess
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from ringfence.io import clock

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
NOW = datetime.fromisoformat(clock.now())


def name(common: str) -> x509.Name:
    have = ((NameOID.COUNTRY_NAME, "US"), (NameOID.STATE_OR_PROVINCE_NAME, "WA"), (NameOID.ORGANIZATION_NAME, "example.org"))
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in (*have, (NameOID.COMMON_NAME, common))])


def usage(*, sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(sign, False, False, False, False, not sign, not sign, False, False)


class Authority:
    """A root. It issues certificates for signing code, or for what `purpose` names."""

    def __init__(self, common: str = "root") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = (
            self._draft(name(common), self.key, days=3650, begin=-30)
            .issuer_name(name(common))
            .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
            .add_extension(usage(sign=False), critical=True)
            .sign(self.key, hashes.SHA256())
        )

    def _draft(self, subject: x509.Name, key: Key, days: int, begin: int) -> x509.CertificateBuilder:
        made = x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number()).not_valid_before(NOW + timedelta(days=begin))
        return made.not_valid_after(NOW + timedelta(days=begin + days))

    def issue(
        self,
        key: Key,
        *,
        days: int = 20,
        begin: int = -10,
        purpose: ObjectIdentifier = ExtendedKeyUsageOID.CODE_SIGNING,
        list_at: str = "",
    ) -> x509.Certificate:
        made = self._draft(name("signer"), key, days, begin).issuer_name(self.certificate.subject)
        made = made.add_extension(usage(sign=True), critical=True)
        stamps = purpose == ExtendedKeyUsageOID.TIME_STAMPING
        made = made.add_extension(x509.ExtendedKeyUsage([purpose]), critical=stamps)
        if list_at:
            place = x509.DistributionPoint([x509.UniformResourceIdentifier(list_at)], None, None, None)
            made = made.add_extension(x509.CRLDistributionPoints([place]), critical=False)
        return made.sign(self.key, hashes.SHA256())

    def revoke(self, *certificates: x509.Certificate) -> x509.CertificateRevocationList:
        made = x509.CertificateRevocationListBuilder().issuer_name(self.certificate.subject)
        made = made.last_update(NOW).next_update(NOW + timedelta(days=1))
        for certificate in certificates:
            entry = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number).revocation_date(NOW).build()
            made = made.add_revoked_certificate(entry)
        return made.sign(self.key, hashes.SHA256())


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(item.public_bytes(serialization.Encoding.PEM) for item in certificates)


def private(key: Key) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


STAMPING = """
[ tsa ]
default_tsa = one
[ one ]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha384, sha512
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


@contextlib.contextmanager
def stamping(folder: Path) -> Iterator[str]:
    """The address of an authority that runs on openssl; its certificates are in `folder/chain.pem`."""
    root, key = Authority("time root"), rsa.generate_private_key(65537, 2048)
    leaf = root.issue(key, purpose=ExtendedKeyUsageOID.TIME_STAMPING)
    for file, data in (
        ("tsa.pem", pem(leaf)),
        ("tsa.key", private(key)),
        ("chain.pem", pem(leaf, root.certificate)),
        ("serial", b"01\n"),
        ("tsa.cnf", STAMPING.format(folder=folder).encode()),
    ):
        (folder / file).write_bytes(data)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = folder / "query.tsq"
            query.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            words = ("openssl", "ts", "-reply", "-config", f"{folder}/tsa.cnf", "-queryfile", str(query))
            answer = subprocess.run(words, capture_output=True, check=True).stdout
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
