"""skopeo takes the OpenPGP signatures we make, and we take skopeo's."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from ringfence.formats.simple_signing import Claim
from ringfence.trust import openpgp_signing

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(shutil.which("skopeo") is None, reason="needs skopeo (Debian package skopeo)"),
    pytest.mark.skipif(shutil.which("gpg") is None, reason="needs gpg (Debian package gnupg)"),
]
REFERENCE = "registry.example/app:v1"


def test_both_ways(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_bytes(b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[]}')
    digest = f"sha256:{hashlib.sha256(manifest.read_bytes()).hexdigest()}"
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "GNUPGHOME": str(home)}

    def run(*words: str) -> bytes:
        return subprocess.run(words, env=environment, capture_output=True, check=True).stdout

    try:
        gpg = ("gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "")
        run(*gpg, "--quick-gen-key", "signer@example.test", "rsa2048", "sign,cert", "never")
        listed = run(*gpg, "--list-keys", "--with-colons").decode()
        fingerprint = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr"))
        (tmp_path / "pub").write_bytes(run(*gpg, "--export", fingerprint))
        certificates = (openpgp_signing.certificate(str(tmp_path / "pub")),)
        theirs = tmp_path / "theirs"
        run("skopeo", "standalone-sign", "-o", str(theirs), str(manifest), REFERENCE, fingerprint)
        claim, _ = openpgp_signing.verify(theirs.read_bytes(), certificates, digest)
        assert claim == Claim(digest=digest, reference=REFERENCE)
        ours = tmp_path / "ours"
        ours.write_bytes(openpgp_signing.sign(run(*gpg, "--export-secret-keys", fingerprint), claim, at=1_700_000_000))
        said = run("skopeo", "standalone-verify", str(manifest), REFERENCE, fingerprint, str(ours)).decode()
        assert f"digest {digest}" in said
    finally:
        subprocess.run(("gpgconf", "--kill", "all"), env=environment, check=False)
