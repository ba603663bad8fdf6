"""Signatures as a condition of admission, against Debian's own registry: the signed image may run, another may not."""

import json
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from live import registry_world
from live.registry_world import RegistryWorld
from trust import sample_layout

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
        words = ["skopeo", "--insecure-policy", "copy", "-q", push, "--dest-tls-verify=false", f"oci:{folder}/plain:v1"]
        for name in ("signed:1", "plain:1"):
            subprocess.run([*words, found.ref(name)], check=True, capture_output=True, timeout=60)
        found.ok("trust", "key", f"{folder}/release")
        found.ok("trust", "key", f"{folder}/other")
        found.ok("sign", found.ref("signed:1"), "--key", f"{folder}/release.key")
        yield found


def judged(world: RegistryWorld, image: str, key: str, *words: str) -> tuple[int, str]:
    rule = {"images": [f"{world.host}/team/*"], "keys": [f"{world.folder}/{key}.pub"]}
    head = {"apiVersion": "ringfence.io/v1alpha1", "kind": "AdmissionPolicy", "metadata": {"name": "signed"}}
    (world.folder / "p.json").write_text(json.dumps({**head, "spec": {"images": {"signatures": [rule]}}}))
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}}
    container = {"name": "c", "image": f"{world.host}/team/{image}"}
    (world.folder / "pod.json").write_text(json.dumps({**pod, "spec": {"containers": [container]}}))
    done = world.run("admit", "--policy", f"{world.folder}/p.json", f"{world.folder}/pod.json", *words)
    return done.returncode, done.stdout.decode() + done.stderr.decode()


def test_only_what_the_key_signed_runs(world: RegistryWorld) -> None:
    assert judged(world, "signed:1", "release") == (0, "allowed default/Pod/x\n")
    status, said = judged(world, "plain:1", "release")
    assert (status, "too few vouch" in said) == (1, True), said
    status, said = judged(world, "signed:1", "other")
    assert (status, "none of the given keys made it" in said) == (1, True), said


def test_what_cannot_be_asked_is_refused(world: RegistryWorld) -> None:
    status, said = judged(world, "missing:1", "release")
    assert (status, "cannot be told who vouches" in said) == (1, True), said
    status, said = judged(world, "signed:1", "release", "--offline")
    assert (status, "no registry may be asked" in said) == (1, True), said
    status, said = judged(world, "signed:1", "nobody")
    assert status == 1, said
