"""`ringfence sign --gpg`: skopeo lets the image pass under a policy that asks for the signature, and no other."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from live import registry_world
from live.registry_world import RegistryWorld
from trust import sample_layout

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(shutil.which("skopeo") is None, reason="needs skopeo (Debian package skopeo)"),
    pytest.mark.skipif(shutil.which("gpg") is None, reason="needs gpg (Debian package gnupg)"),
    pytest.mark.skipif(shutil.which("docker-registry") is None, reason="needs docker-registry (Debian package)"),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryWorld]:
    folder = tmp_path_factory.mktemp("openpgp")
    with registry_world.serving(folder) as found:
        sample_layout.image(folder / "plain")
        found.skopeo("copy", "-q", f"oci:{folder}/plain:v1", found.ref("app:v1"), side="dest-")
        for name in ("signer", "other"):
            make_key(folder, name)
        yield found


def make_key(folder: Path, name: str) -> None:
    """A key whose primary key signs: skopeo 1.9 takes no signature of a subkey."""
    home = folder / f"gnupg-{name}"
    home.mkdir(mode=0o700)
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "GNUPGHOME": str(home)}
    gpg = ("gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "")
    words = ("--quick-gen-key", f"{name}@example.test", "ed25519", "sign,cert", "never")
    try:
        subprocess.run((*gpg, *words), env=environment, check=True, capture_output=True)
        for export, suffix in (("--export", "pub"), ("--export-secret-keys", "sec")):
            done = subprocess.run((*gpg, export), env=environment, check=True, capture_output=True)
            (folder / f"{name}.{suffix}").write_bytes(done.stdout)
    finally:
        subprocess.run(("gpgconf", "--kill", "all"), env=environment, check=False)


def passes(world: RegistryWorld, source: str, key: str, scope: Mapping[str, object], target: Path) -> bool:
    """Whether skopeo copies `source` under a policy that asks for a signature of `key`."""
    rule = {"type": "signedBy", "keyType": "GPGKeys", "keyPath": str(world.folder / key), **scope}
    transport = source.partition(":")[0]
    policy = {"default": [{"type": "reject"}], "transports": {transport: {"": [rule]}}}
    (world.folder / "policy.json").write_text(json.dumps(policy))
    (world.folder / "registries.d").mkdir(exist_ok=True)
    lookaside = f"default-docker:\n  lookaside: file://{world.folder}/lookaside\n"
    (world.folder / "registries.d" / "default.yaml").write_text(lookaside)
    # The target holds no signatures, so they are left out, after they were looked at.
    words = ["skopeo", "--policy", f"{world.folder}/policy.json", "--registries.d", f"{world.folder}/registries.d"]
    login = [f"--authfile={world.folder}/auth.json", "--src-tls-verify=false"] if transport == "docker" else []
    copy = ["copy", "-q", "--remove-signatures", *login, source, f"oci:{target}:v1"]
    return subprocess.run([*words, *copy], capture_output=True, timeout=60, check=False).returncode == 0


def test_in_a_lookaside_folder(world: RegistryWorld, tmp_path: Path) -> None:
    ref = world.ref("app:v1")
    assert not passes(world, ref, "signer.pub", {}, tmp_path / "a")
    world.ok("sign", ref, "--gpg", f"{world.folder}/signer.sec", "--lookaside", f"{world.folder}/lookaside")
    assert passes(world, ref, "signer.pub", {}, tmp_path / "b")
    assert not passes(world, ref, "other.pub", {}, tmp_path / "c")
    ours = ("verify", ref, "--lookaside", f"{world.folder}/lookaside", "--gpg")
    assert "openpgp by" in world.ok(*ours, f"{world.folder}/signer.pub")
    assert world.run(*ours, f"{world.folder}/other.pub").returncode == 1


def test_beside_an_image_in_a_folder(world: RegistryWorld, tmp_path: Path) -> None:
    source = f"dir:{tmp_path}/image"
    world.skopeo("copy", "-q", world.ref("app:v1"), source, side="src-")
    exact = {"signedIdentity": {"type": "exactReference", "dockerReference": "registry.example/app:v1"}}
    assert not passes(world, source, "signer.pub", exact, tmp_path / "a")
    world.ok("sign", source, "--gpg", f"{world.folder}/signer.sec", "--name", "registry.example/app:v1")
    assert passes(world, source, "signer.pub", exact, tmp_path / "b")
    assert not passes(world, source, "other.pub", exact, tmp_path / "c")
    assert "openpgp by" in world.ok("verify", source, "--gpg", f"{world.folder}/signer.pub")


def test_skopeos_own_signature_is_one_too(world: RegistryWorld, tmp_path: Path) -> None:
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "GNUPGHOME": str(home), "HOME": str(tmp_path)}
    gpg = ("gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "")
    try:
        subprocess.run(
            (*gpg, "--quick-gen-key", "them@example.test", "rsa2048", "sign,cert", "never"), env=environment, check=True
        )
        public = subprocess.run((*gpg, "--export"), env=environment, capture_output=True, check=True).stdout
        (tmp_path / "them.pub").write_bytes(public)
        (tmp_path / "registries.d").mkdir()
        staging = f"default-docker:\n  lookaside: file://{tmp_path}/sigs\n  lookaside-staging: file://{tmp_path}/sigs\n"
        (tmp_path / "registries.d" / "default.yaml").write_text(staging)
        login = [f"--authfile={world.folder}/auth.json", "--src-tls-verify=false", "--dest-tls-verify=false"]
        words = ["skopeo", "--insecure-policy", "--registries.d", f"{tmp_path}/registries.d", "copy", "-q", *login]
        words += ["--sign-by", "them@example.test", world.ref("app:v1"), world.ref("signed:v1")]
        subprocess.run(words, env=environment, check=True, capture_output=True, timeout=60)
    finally:
        subprocess.run(("gpgconf", "--kill", "all"), env=environment, check=False)
    said = world.ok("verify", world.ref("signed:v1"), "--gpg", f"{tmp_path}/them.pub", "--lookaside", f"{tmp_path}/sigs")
    assert "openpgp by" in said
