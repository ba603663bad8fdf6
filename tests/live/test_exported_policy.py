"""A root of trust as policy.json: skopeo lets pass what the root lets pass, and nothing else.

Debian 12's skopeo has sigstore signatures compiled out, so it is asked about OpenPGP signatures and plain verdicts; a rule
of cosign keys it refuses whole.
"""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from live import registry_world
from live.registry_world import RegistryWorld
from live.test_openpgp_commands import make_key
from trust import sample_layout

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(shutil.which("skopeo") is None, reason="needs skopeo (Debian package skopeo)"),
    pytest.mark.skipif(shutil.which("gpg") is None, reason="needs gpg (Debian package gnupg)"),
    pytest.mark.skipif(shutil.which("docker-registry") is None, reason="needs docker-registry (Debian package)"),
]
IMAGES = ("signed", "unsigned", "other", "free", "bad")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryWorld]:
    folder = tmp_path_factory.mktemp("policy")
    with registry_world.serving(folder) as found:
        for number, name in enumerate(IMAGES):
            sample_layout.image(folder / name, layers=(b"layer %d" % number,))
            found.skopeo("copy", "-q", f"oci:{folder}/{name}:v1", found.ref(f"{name}:v1"), side="dest-")
        for name in ("alice", "bob"):
            make_key(folder, name)
        for image, name in (("signed", "alice"), ("signed", "bob"), ("other", "bob"), ("bad", "alice")):
            sign = ("sign", found.ref(f"{image}:v1"), "--gpg", f"{folder}/{name}.sec", "--lookaside")
            found.ok(*sign, f"{folder}/sigs")
        found.ok("trust", "key", f"{folder}/board")
        yield found


def root(world: RegistryWorld, *rules: tuple[str, ...]) -> str:
    path = f"{world.folder}/root-{len(list(world.folder.glob('root-*')))}.json"
    world.ok("trust", "init", path, "--signer", f"{world.folder}/board.pub")
    for name in ("alice", "bob"):
        world.ok("trust", "add", path, name, "openpgp", f"{world.folder}/{name}.pub", "--role", "people")
    for rule in rules:
        world.ok("trust", "rule", path, *rule)
    world.ok("trust", "sign", path, "--key", f"{world.folder}/board.key")
    return path


def verdicts(world: RegistryWorld, path: str, target: Path) -> dict[str, tuple[bool, bool]]:
    """For each image: what Ringfence says by the root, and what skopeo says by the exported policy."""
    folder = f"{path}.out"
    exported = world.run(
        "trust",
        "export",
        path,
        "--to",
        "containers-policy",
        "--output",
        folder,
        "--lookaside",
        f"file://{world.folder}/sigs",
    )
    assert exported.returncode == 3, "it says that local images are not judged"
    found = {}
    for name in IMAGES:
        ours = world.run("verify", world.ref(f"{name}:v1"), "--trust", path, "--lookaside", f"{world.folder}/sigs")
        words = ["skopeo", "--policy", f"{folder}/policy.json", "--registries.d", f"{folder}/registries.d", "copy", "-q"]
        words += ["--remove-signatures", f"--authfile={world.folder}/auth.json", "--src-tls-verify=false"]
        words += [world.ref(f"{name}:v1"), f"oci:{target}-{name}:v1"]
        theirs = subprocess.run(words, capture_output=True, timeout=60, check=False)
        found[name] = (ours.returncode == 0, theirs.returncode == 0)
    return found


def test_skopeo_follows_the_rules(world: RegistryWorld, tmp_path: Path) -> None:
    team = f"{world.host}/team"
    path = root(
        world,
        (team, "--require", "1 of alice"),
        (f"{team}/free", "--accept"),
        (f"{team}/bad", "--reject"),
    )
    assert verdicts(world, path, tmp_path / "a") == {
        "signed": (True, True),
        "unsigned": (False, False),
        "other": (False, False),
        "free": (True, True),
        "bad": (False, False),
    }


def test_any_of_several_and_all_of_several(world: RegistryWorld, tmp_path: Path) -> None:
    team = f"{world.host}/team"
    for count, other in ((1, True), (2, False)):
        path = root(world, (team, "--require", f"{count} of role:people"))
        found = verdicts(world, path, tmp_path / str(count))
        assert (found["signed"], found["other"], found["unsigned"]) == ((True, True), (other, other), (False, False))


def test_an_image_of_no_rule_is_refused(world: RegistryWorld, tmp_path: Path) -> None:
    path = root(world, ("elsewhere.example", "--accept"))
    assert set(verdicts(world, path, tmp_path / "d").values()) == {(False, False)}
