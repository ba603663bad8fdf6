"""A build whose runtime was hooked: with and without a rebuild, `ringfence verify --build` names what was put in."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from live.registry_world import SOURCE
from trust.test_building import image, layer

BUSYBOX = Path("/bin/busybox")
pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(shutil.which("buildah") is None, reason="needs buildah (Debian package buildah)"),
    pytest.mark.skipif(shutil.which("runc") is None, reason="needs runc (Debian package runc)"),
    pytest.mark.skipif(not BUSYBOX.exists(), reason="needs /bin/busybox (Debian package busybox-static)"),
]
DOCKERFILE = (
    'FROM base.example/base:1\nCOPY hello.txt /app/hello.txt\nRUN echo generated > /app/gen.txt\nCMD ["/bin/busybox"]\n'
)
# A runtime that puts two files into the container before it runs it, as an attacker on a build machine could.
HOOK = """#!/bin/sh
for word in "$@"; do [ "$before" = --bundle ] && bundle=$word; before=$word; done
if [ -n "$bundle" ] && [ -f "$bundle/config.json" ]; then
    root=$(%s -c 'import json,sys; print(json.load(open(sys.argv[1]))["root"]["path"])' "$bundle/config.json")
    case "$root" in /*) ;; *) root="$bundle/$root" ;; esac
    echo x > "$root/bin/.dbus"; chmod 4755 "$root/bin/.dbus"
    mkdir -p "$root/etc"; echo /lib/x.so > "$root/etc/ld.so.preload"
fi
exec runc "$@"
"""


def build(folder: Path, name: str, runtime: str) -> None:
    store = ("--root", f"{folder}/store", "--runroot", f"{folder}/run", "--storage-driver", "vfs")
    words: tuple[str, ...] = (
        "buildah",
        *store,
        "build",
        "--layers",
        "--no-cache",
        "--timestamp",
        "0",
        "--from",
        f"oci:{folder}/base:v1",
    )
    words = (*words, "--runtime", runtime, "--tag", f"localhost/{name}", f"{folder}/context")
    subprocess.run(words, check=True, capture_output=True, timeout=120)
    push = ("buildah", *store, "push", "-q", f"localhost/{name}", f"oci:{folder}/{name}:v1")
    subprocess.run(push, check=True, capture_output=True, timeout=120)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("rebuild")
    rootfs = layer(("bin/", b"", 0o755), ("bin/busybox", BUSYBOX.read_bytes(), 0o755), ("bin/sh->busybox", b"", 0o777))
    image(found / "base", (rootfs,), ("ADD rootfs /",), {"Env": ["PATH=/bin"]})
    (found / "context").mkdir()
    (found / "context" / "Dockerfile").write_text(DOCKERFILE)
    (found / "context" / "hello.txt").write_text("hello\n")
    hook = found / "hooked-runc"
    hook.write_text(HOOK % sys.executable)
    hook.chmod(0o755)
    build(found, "clean", "runc")
    build(found, "hooked", str(hook))
    return found


def verify(folder: Path, name: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ringfence", "verify", f"oci:{folder}/{name}:v1"]
    command += ["--build", f"{folder}/context/Dockerfile", "--base", f"oci:{folder}/base:v1", *words]
    environment = {**os.environ, "PYTHONPATH": SOURCE, "RINGFENCE_PASSPHRASE": "words"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


def test_the_clean_build_has_no_finding_and_comes_out_the_same(folder: Path) -> None:
    assert verify(folder, "clean").returncode == 0
    again = verify(folder, "clean", "--rebuild", "--runtime", "runc")
    assert (again.returncode, "held against a rebuild" in again.stdout) == (0, True), again.stderr


def test_the_hooked_build_is_named_with_and_without_a_rebuild(folder: Path) -> None:
    for words in ((), ("--rebuild", "--runtime", "runc")):
        found = verify(folder, "hooked", *words)
        assert found.returncode == 1
        for path in ("bin/.dbus", "etc/ld.so.preload"):
            assert path in found.stdout
    assert "not-in-rebuild" in found.stdout


def test_two_builders_that_agree_can_say_so_signed(folder: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": SOURCE, "RINGFENCE_PASSPHRASE": "words"}

    def ringfence(*words: str) -> int:
        return subprocess.run(
            [sys.executable, "-m", "ringfence", *words], env=environment, timeout=120, check=False
        ).returncode

    assert ringfence("trust", "key", f"{folder}/builder") == 0
    attest = ("--attest", f"{folder}/builder.key", "--name", "registry.example/app")
    assert verify(folder, "clean", "--rebuild", "--runtime", "runc", *attest).returncode == 0
    held = (
        "verify",
        f"oci:{folder}/clean:v1",
        "--key",
        f"{folder}/builder.pub",
        "--require",
        "rebuild: agreement == 'identical'",
    )
    assert ringfence(*held) == 0
    assert verify(folder, "hooked", "--rebuild", "--runtime", "runc", *attest).returncode == 1
