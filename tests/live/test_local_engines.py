"""Docker's daemon and containerd themselves, out of Debian's packages, holding an image: judged as its archive is."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from layers.image.built_image import AWS_KEY, BuiltImage, file, tar_of
from live.registry_world import SOURCE

pytestmark = pytest.mark.live

IMAGE = BuiltImage(
    (
        tar_of(
            [
                file("etc/os-release", "ID=alpine\nVERSION_ID=3.20.1\n"),
                file("lib/apk/db/installed", "P:musl\nV:1.2.5-r0\n\n"),
            ]
        ),
        tar_of([file("root/credentials", f"key = {AWS_KEY}\n")]),
    ),
    run={"Cmd": ["/bin/x"]},
)
NAME = "localhost/x:1"


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages' programs, unpacked and not installed: this host gets no new engine."""
    folder = tmp_path_factory.mktemp("programs")
    for needed in ("apt-get", "dpkg", "runc"):
        if not shutil.which(needed):
            pytest.skip(f"needs {needed}")
    if os.geteuid():
        pytest.skip("needs root: an engine does")
    got = subprocess.run(
        ["apt-get", "download", "-qq", "docker.io", "containerd"], cwd=folder, capture_output=True, check=False, timeout=120
    )
    if got.returncode:
        pytest.skip(f"apt-get download docker.io containerd: {got.stderr.decode().strip()[-200:]}")
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, folder], check=True)
    return folder / "usr"


@pytest.fixture(scope="module")
def containerd(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A running containerd: the folder that is the root of its host, as Ringfence sees it."""
    host = tmp_path_factory.mktemp("host")
    data = host / "var/lib/containerd"
    address = host / "containerd.sock"
    command: list[str | Path] = [
        programs / "bin/containerd",
        "--address",
        address,
        "--root",
        data,
        "--state",
        host / "state",
    ]
    with started(command, programs, address, host / "log"):
        yield host


@pytest.fixture(scope="module")
def docker(programs: Path, containerd: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The socket of a running daemon without network."""
    folder = tmp_path_factory.mktemp("docker")
    address = folder / "docker.sock"
    command: list[str | Path] = [
        *(programs / "sbin/dockerd", "-H", f"unix://{address}", "--containerd", containerd / "containerd.sock"),
        *("--data-root", folder / "data", "--exec-root", folder / "exec", "--pidfile", folder / "pid"),
        *("--bridge=none", "--iptables=false", "--ip6tables=false", "--storage-driver=vfs"),
    ]
    with started(command, programs, address, folder / "log"):
        yield address


class started:  # noqa: N801 - it reads as what it does
    """A server that runs inside the block; ended by its own process."""

    def __init__(self, command: list[str | Path], programs: Path, address: Path, log: Path) -> None:
        self._log = log
        path = f"{programs}/bin:{programs}/sbin:{os.environ['PATH']}"
        with log.open("wb") as out:
            self._server = subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, "PATH": path})
        self._address = address

    def __enter__(self) -> None:
        for _ in range(300):
            if self._address.exists():
                return
            if self._server.poll() is not None:
                break
            time.sleep(0.1)
        self.__exit__()
        pytest.skip(f"it does not run here: {self._log.read_text()[-300:]}")

    def __exit__(self, *_error: object) -> None:
        self._server.terminate()
        self._server.wait(timeout=60)


def judged(ref: str, folder: Path, **environment: str) -> tuple[list[str], list[str]]:
    """The packages and the rules of the findings."""
    done = subprocess.run(
        [sys.executable, "-m", "ringfence", "image", ref, "--format", "json", "--no-cache"],
        env={**os.environ, "PYTHONPATH": SOURCE, "XDG_CACHE_HOME": str(folder), **environment},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in (0, 3), done.stderr
    report = json.loads(done.stdout)
    return [item["purl"] for item in report["packages"]], sorted(item["rule"] for item in report["findings"])


def test_dockers_daemon(docker: Path, programs: Path, tmp_path: Path) -> None:
    archive = IMAGE.docker_archive(tmp_path / "x.tar")
    client: list[str | Path] = [programs / "bin/docker", "-H", f"unix://{docker}"]
    subprocess.run([*client, "load", "-q", "-i", archive], check=True, timeout=60, capture_output=True)
    expected = judged(archive, tmp_path)
    assert judged(f"docker-daemon:{NAME}", tmp_path, DOCKER_HOST=f"unix://{docker}") == expected
    assert judged(NAME, tmp_path, DOCKER_HOST=f"unix://{docker}") == expected, "a bare name, before any registry"
    assert "secret-in-file" in expected[1]


def test_containerd(containerd: Path, programs: Path, tmp_path: Path) -> None:
    archive = IMAGE.docker_archive(tmp_path / "x.tar")
    client: list[str | Path] = [programs / "bin/ctr", "-a", containerd / "containerd.sock", "-n", "k8s.io"]
    subprocess.run([*client, "images", "import", "--no-unpack", archive], check=True, timeout=60, capture_output=True)
    expected = judged(archive, tmp_path)
    script = (
        "from layers.image.built_image import look; import sys; seen = look(sys.argv[1], host=sys.argv[2]);"
        "print(*[item.purl for item in seen.facts.packages], *[item.rule for item in seen.facts.secrets])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, f"containerd:{NAME}", str(containerd)],
        env={**os.environ, "PYTHONPATH": f"{SOURCE}:{Path(__file__).parents[1]}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.split() == [*expected[0], "aws-access-key-id"]
