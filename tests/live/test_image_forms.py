"""A real Debian image, made here: the same findings from the local store, a docker archive and an OCI archive."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from layers.image.built_image import AWS_KEY, GITHUB_TOKEN, STRIPE_KEY

pytestmark = pytest.mark.live

NAME = "localhost/rfi-deb:12"
SOURCE = str(Path(__file__).parents[2] / "src")
TOOLS = ("mmdebstrap", "buildah", "podman", "skopeo")


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=170, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        pytest.fail(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout.strip()


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An image of three layers: Debian; a key put in; the key deleted. It starts nothing."""
    missing = [name for name in TOOLS if not shutil.which(name)]
    if os.geteuid() != 0 or missing:
        pytest.skip(f"needs root and {', '.join(TOOLS)}")
    folder = tmp_path_factory.mktemp("image")
    run("mmdebstrap", "--mode=root", "--variant=minbase", "bookworm", str(folder / "root.tar"))
    container = run("buildah", "from", "scratch")
    try:
        build(container, folder)
        archive, layout = folder / "deb12.tar", folder / "deb12.oci.tar"
        run("skopeo", "copy", "-q", f"containers-storage:{NAME}", f"docker-archive:{archive}:{NAME}")
        run("skopeo", "copy", "-q", f"containers-storage:{NAME}", f"oci-archive:{layout}")
        yield {"storage": f"containers-storage:{NAME}", "docker": str(archive), "oci": f"oci-archive:{layout}"}
    finally:
        subprocess.run(["buildah", "rm", container], capture_output=True, timeout=60, check=False)
        subprocess.run(
            ["podman", "rmi", "-f", NAME, f"{NAME}-base", f"{NAME}-key"], capture_output=True, timeout=60, check=False
        )


def build(container: str, folder: Path) -> None:
    """Layers by hand, for RUN wants a runtime that CI may not have."""
    key = folder / "credentials"
    key.write_text(f"[default]\naws_access_key_id = {AWS_KEY}\n")
    run("buildah", "add", container, str(folder / "root.tar"), "/")
    run("buildah", "config", "--created-by", "ADD root.tar /", container)
    container = committed(container, f"{NAME}-base")
    run("buildah", "copy", container, str(key), "/root/.aws/credentials")
    run("buildah", "config", "--created-by", "COPY credentials /root/.aws/", container)
    container = committed(container, f"{NAME}-key")
    root = Path(run("buildah", "mount", container))
    (root / "root/.aws/credentials").unlink()
    run("buildah", "umount", container)
    line = f"RUN curl -H 'Authorization: token {GITHUB_TOKEN}' https://api.invalid && rm /root/.aws/credentials"
    run("buildah", "config", "--created-by", line, "--env", f"STRIPE_KEY={STRIPE_KEY}", container)
    run("buildah", "rm", committed(container, NAME))


def committed(container: str, name: str) -> str:
    """A layer more; the container that goes on from it."""
    run("buildah", "commit", "-q", container, name)
    run("buildah", "rm", container)
    return run("buildah", "from", "--pull-never", name)


def ringfence(*words: str) -> subprocess.CompletedProcess[str]:
    # The store is the user's, so HOME is kept; the cache is not to know the image from an earlier run.
    environment = {**os.environ, "PYTHONPATH": SOURCE, "XDG_CACHE_HOME": os.devnull}
    return subprocess.run(
        [sys.executable, "-m", "ringfence", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def findings(ref: str) -> list[dict[str, Any]]:
    """Without what names the reference itself."""
    report = json.loads(ringfence("image", ref, "--format", "json").stdout)
    found: list[dict[str, Any]] = report["findings"]
    for item in found:
        item.pop("id")
        item.pop("target", None)
    return found


def test_every_form_gives_the_same_findings(forms: dict[str, str]) -> None:
    storage = findings(forms["storage"])
    assert storage == findings(forms["docker"])
    assert storage == findings(forms["oci"])
    places = {
        (item["rule"], item["location"]["path"] or item["location"]["field"], item["location"]["deleted"])
        for item in storage
        if item["kind"] == "secret"
    }
    assert places == {
        ("secret-in-file", "/root/.aws/credentials", True),
        ("secret-in-environment", "config.Env[0] STRIPE_KEY", False),
        ("secret-in-history", "history[2].created_by", False),
    }
    assert {"setuid-file", "package-manager-present", "image-runs-as-root"} <= {item["rule"] for item in storage}


def test_the_packages_are_dpkgs(forms: dict[str, str], tmp_path: Path) -> None:
    report = json.loads(ringfence("image", forms["docker"], "--format", "json").stdout)
    run("skopeo", "copy", "-q", f"docker-archive:{forms['docker']}", f"dir:{tmp_path / 'dir'}")
    base = max((tmp_path / "dir").iterdir(), key=lambda path: path.stat().st_size)
    status = run("tar", "-xOf", str(base), "var/lib/dpkg/status")
    names = {line.removeprefix("Package: ") for line in status.splitlines() if line.startswith("Package: ")}
    assert {package["name"] for package in report["packages"]} == names
    assert len(names) > 50


def test_no_secret_is_shown(forms: dict[str, str]) -> None:
    for form in ("json", "table"):
        done = ringfence("image", forms["docker"], "--format", form, "--details")
        for secret in (AWS_KEY, GITHUB_TOKEN, STRIPE_KEY):
            assert secret not in done.stdout + done.stderr


def test_a_truncated_archive_is_one_line_and_status_2(forms: dict[str, str], tmp_path: Path) -> None:
    cut = tmp_path / "truncated.tar"
    data = Path(forms["docker"]).read_bytes()
    cut.write_bytes(data[: len(data) // 2])
    done = ringfence("image", str(cut))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "damaged archive" in done.stderr
