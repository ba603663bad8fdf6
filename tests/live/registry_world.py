"""Debian's docker-registry on this machine behind a login, for a test that asks."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCE = str(Path(__file__).parents[2] / "src")
USER, PASSWORD = "robot", "hunter2-" + "Xq9"
# bcrypt of PASSWORD (htpasswd -nbB -C 4): the registry takes no other kind.
ENTRY = USER + ":$2y$04$" + "f5e065iVJh8xdKn90Tyo6eNH8GbWVGeRSs5m7dmJmj/UopMFoGBPG"
CONFIGURATION = """
version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: {folder}/data}}}}
http: {{addr: "127.0.0.1:{port}"}}
auth: {{htpasswd: {{realm: test, path: {folder}/htpasswd}}}}
"""


@dataclass(frozen=True)
class RegistryWorld:
    """A registry that runs, and a folder with a login to it (`auth.json`)."""

    host: str
    folder: Path

    def ref(self, name: str) -> str:
        return f"docker://{self.host}/team/{name}"

    def run(self, *words: str, logins: Path | None = None) -> subprocess.CompletedProcess[bytes]:
        environment = {**os.environ, "PYTHONPATH": SOURCE, "RINGFENCE_PASSPHRASE": "long words"}
        environment["REGISTRY_AUTH_FILE"] = str(logins or self.folder / "auth.json")
        environment["XDG_STATE_HOME"] = str(self.folder / "state")
        command = [sys.executable, "-m", "ringfence", *words]
        return subprocess.run(command, env=environment, capture_output=True, timeout=120, check=False)

    def ok(self, *words: str) -> str:
        done = self.run(*words)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def skopeo(self, verb: str, *words: str, side: str = "") -> str:
        login = (f"--{side}authfile={self.folder / 'auth.json'}", f"--{side}tls-verify=false")
        command = ["skopeo", "--insecure-policy", verb, *login, *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def blobs(self) -> set[str]:
        """The blobs that the registry has stored, in whatever repository."""
        found = (self.folder / "data/docker/registry/v2/blobs/sha256").glob("*/*")
        return {path.name for path in found}


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[RegistryWorld]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = int(taken.getsockname()[1])
    (folder / "htpasswd").write_text(ENTRY + "\n")
    (folder / "config.yml").write_text(CONFIGURATION.format(folder=folder, port=port))
    server = subprocess.Popen(
        ["docker-registry", "serve", str(folder / "config.yml")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port)
        auth = f"--authfile={folder / 'auth.json'}"
        login = ["skopeo", "login", auth, "--tls-verify=false", "-u", USER, "-p", PASSWORD, f"127.0.0.1:{port}"]
        subprocess.run(login, check=True, capture_output=True, timeout=60)
        yield RegistryWorld(f"127.0.0.1:{port}", folder)
    finally:
        server.terminate()
        server.wait()


def wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("docker-registry does not answer")
