"""`ringfence host` on this very machine: what it says of programs and containers is what they say themselves."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

MISSING = [name for name in ("podman", "runc") if shutil.which(name) is None]
MISSING += [] if Path("/bin/busybox").exists() else ["busybox-static"]
MISSING += [] if os.geteuid() == 0 else ["root"]

pytestmark = [pytest.mark.live, pytest.mark.skipif(bool(MISSING), reason=f"missing: {', '.join(MISSING)}")]

IMAGE = f"localhost/rfh-tiny-{os.getpid()}:latest"
NAME = f"rfh-counted-{os.getpid()}"
LIMITS = ("--ulimit=nofile=1024:1024", "--ulimit=nproc=1000:1000", "--network=none")


def podman(*words: str) -> str:
    done = subprocess.run(["podman", "--runtime", "runc", *words], capture_output=True, text=True, check=True, timeout=120)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The report of this host while one container of ours runs."""
    place = tmp_path_factory.mktemp("image")
    (place / "root/bin").mkdir(parents=True)
    shutil.copy("/bin/busybox", place / "root/bin/busybox")
    (place / "root/bin/sleep").symlink_to("busybox")
    podman("import", shutil.make_archive(str(place / "tiny"), "tar", place / "root"), IMAGE)
    try:
        podman("run", "--detach", f"--name={NAME}", *LIMITS, IMAGE, "sleep", "300")
        command = [sys.executable, "-m", "ringfence", "host", "--format", "json", "--db", str(place / "none"), "--quiet"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode in (0, 3), done.stderr
        yield json.loads(done.stdout)
    finally:
        podman("rm", "--force", "--time=0", "--ignore", NAME)
        podman("rmi", "--force", IMAGE)


def test_versions_are_what_the_programs_answer(report: dict[str, Any]) -> None:
    found = {item["name"]: item for item in report["components"] if item["path"]}
    assert {"podman", "runc"} <= set(found)
    for name, item in found.items():
        answer = subprocess.run([item["path"], "--version"], capture_output=True, text=True, check=True, timeout=30).stdout
        assert item["version"]["value"] in answer, name


def test_our_container_stands_on_podman_runc_and_the_kernel(report: dict[str, Any]) -> None:
    found = {item["name"]: item for item in report["components"]}
    assert "podman" in found["runc"]["engines"]
    for name in ("podman", "runc", "linux"):
        assert 1 <= found[name]["workloads"] <= found[name]["workloads_seen"]
    assert NAME in {item["identity"]["name"] for item in report["workloads"]}


def test_findings_on_sysctls_agree_with_the_files(report: dict[str, Any]) -> None:
    seen = [line for item in report["findings"] if item["layer"] == "kernel" for line in item["evidence"]["seen"]]
    told = [line.split(" = ") for line in seen if " = " in line and "(not there)" not in line and "unknown" not in line]
    assert told
    for name, value in told:
        path = Path("/proc/sys") / name.replace(".", "/")
        if path.exists():
            assert path.read_text().strip() == value, name


def test_findings_on_the_build_agree_with_the_configuration(report: dict[str, Any]) -> None:
    if not Path("/proc/config.gz").exists():
        pytest.skip("missing: /proc/config.gz")
    import gzip

    options = gzip.decompress(Path("/proc/config.gz").read_bytes()).decode().splitlines()
    for item in report["findings"]:
        said = item["description"]
        for name in (word.strip(",") for word in said.split() if word.startswith("CONFIG_")):
            built = f"{name}=y" in options or f"{name}=m" in options
            assert built == said.startswith("built with "), (item["rule"], name)
