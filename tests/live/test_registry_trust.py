"""Debian's own registry on this machine, behind a login: sign, attest, verify, encrypt, rewrap, decrypt in it."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from live import registry_world
from live.registry_world import RegistryWorld
from trust import sample_layout
from trust.sample_layout import Pair

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryWorld]:
    missing = [name for name in ("docker-registry", "skopeo") if not shutil.which(name)]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
    folder = tmp_path_factory.mktemp("registry")
    with registry_world.serving(folder) as found:
        sample_layout.image(folder / "plain")
        push = f"--dest-authfile={folder / 'auth.json'}"
        words = ["skopeo", "--insecure-policy", "copy", "-q", push, "--dest-tls-verify=false"]
        subprocess.run([*words, f"oci:{folder}/plain:v1", found.ref("app:v1")], check=True, capture_output=True, timeout=60)
        found.ok("trust", "key", f"{folder}/release")
        yield found


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pair]:
    return sample_layout.keys(tmp_path_factory.mktemp("keys"))


def test_signed_and_attested_in_the_registry_it_verifies_there(world: RegistryWorld) -> None:
    folder, ref = world.folder, world.ref("app:v1")
    assert world.run("verify", ref, "--key", f"{folder}/release.pub").returncode == 1
    digest = world.ok("sign", ref, "--key", f"{folder}/release.key").strip()
    (folder / "predicate.json").write_text(json.dumps({"spdxVersion": "SPDX-2.3"}))
    stated = ("--type", "spdx", "--predicate", f"{folder}/predicate.json")
    assert world.ok("attest", ref, "--key", f"{folder}/release.key", *stated).strip() == digest
    said = world.ok("verify", ref, "--key", f"{folder}/release.pub", "--identity", f"{world.host}/team/app")
    assert "signature by" in said
    assert "bundle by" in said
    assert "attestation by" in world.ok("verify", ref, "--key", f"{folder}/release.pub", "--attestation", "spdx")
    other = world.run("verify", ref, "--key", f"{folder}/release.pub", "--identity", f"{world.host}/team/other")
    assert (other.returncode, b"it is for the repository" in other.stderr) == (1, True)


def test_a_second_referrer_joins_the_first(world: RegistryWorld) -> None:
    ref = world.ref("app:v1")
    for _ in range(2):
        world.ok("sign", ref, "--key", f"{world.folder}/release.key")
    said = world.ok("verify", ref, "--key", f"{world.folder}/release.pub")
    assert said.count("bundle by") >= 2


def test_encrypted_rewrapped_and_opened_in_the_registry(world: RegistryWorld, pairs: dict[str, Pair]) -> None:
    plain, secret = world.ref("app:v1"), world.ref("app:enc")
    world.ok("encrypt", plain, secret, "--recipient", pairs["jwe-rsa"].recipient)
    before = world.blobs()
    world.ok("rewrap", secret, secret, "--key", pairs["jwe-rsa"].key, "--recipient", pairs["jwe-ec"].recipient)
    assert len(world.blobs() - before) == 1, "a new manifest and nothing else"
    assert "jwe ECDH-ES" in world.ok("decrypt", "--show", secret)
    refused = world.run("decrypt", secret, world.ref("app:no"), "--key", pairs["jwe-rsa"].key)
    assert (refused.returncode, b"none of the keys opens it" in refused.stderr) == (2, True)
    world.ok("decrypt", secret, world.ref("app:open"), "--key", pairs["jwe-ec"].key)
    layers = [json.loads(world.skopeo("inspect", "--raw", ref))["layers"] for ref in (plain, world.ref("app:open"))]
    assert layers[0] == layers[1]
    assert world.run("decrypt", "--show", world.ref("app:no")).returncode == 2, "nothing was named"


def test_skopeo_opens_what_we_encrypted_into_the_registry(
    world: RegistryWorld, pairs: dict[str, Pair], tmp_path: Path
) -> None:
    world.ok("encrypt", f"oci:{world.folder}/plain:v1", world.ref("other:enc"), "--recipient", pairs["pkcs7"].recipient)
    opening = [word for path in pairs["pkcs7"].key.split(":") for word in ("--decryption-key", path)]
    world.skopeo("copy", "-q", *opening, world.ref("other:enc"), f"oci:{tmp_path}/open:v1", side="src-")


def test_without_a_login_nothing_is_written(world: RegistryWorld, tmp_path: Path) -> None:
    done = world.run("sign", world.ref("app:v1"), "--key", f"{world.folder}/release.key", logins=tmp_path / "none.json")
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)
    assert b"login" in done.stderr
