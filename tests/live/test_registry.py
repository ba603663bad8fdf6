"""Debian's own registry on this machine, behind a login, filled by Skopeo: pulled and judged as an archive is."""

import contextlib
import http.client
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from layers.image.built_image import AWS_KEY, GITHUB_TOKEN, BuiltImage, file, tar_of
from live import registry_world
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
        tar_of([file("root/credentials", f"key = {AWS_KEY}\n"), file("root/noise", os.urandom(30_000))]),
        tar_of([file("root/.wh.credentials")]),
    ),
    run={"Env": [f"TOKEN={GITHUB_TOKEN}"]},
)


def ringfence(folder: Path, *words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": SOURCE, "XDG_CACHE_HOME": str(folder / "cache")}
    environment["REGISTRY_AUTH_FILE"] = str(folder / "auth.json")
    return subprocess.run(
        [sys.executable, "-m", "ringfence", *words],
        env=environment,
        input=given,
        capture_output=True,
        timeout=120,
        check=False,
    )


def findings(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    kept = [{key: value for key, value in item.items() if key not in ("id", "target")} for item in found]
    # Of equals in rank the order is by id, which has the reference in it.
    return sorted(kept, key=lambda item: json.dumps(item, sort_keys=True))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The registry's host, and a folder with an archive of the image and a login."""
    missing = [name for name in ("docker-registry", "skopeo") if not shutil.which(name)]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
    folder = tmp_path_factory.mktemp("registry")
    IMAGE.docker_archive(folder / "image.tar")
    with registry_world.serving(folder) as found:
        push = ["skopeo", "copy", "-q", f"--authfile={folder / 'auth.json'}", "--dest-tls-verify=false"]
        words = [*push, f"docker-archive:{folder / 'image.tar'}", f"docker://{found.host}/team/app:1"]
        subprocess.run(words, check=True, capture_output=True, timeout=60)
        yield found.host, folder


def test_it_gives_the_same_findings_as_the_archive(world: tuple[str, Path]) -> None:
    host, folder = world
    pulled = ringfence(folder, "image", f"docker://{host}/team/app:1", "--format", "json")
    assert findings(pulled) == findings(ringfence(folder, "image", str(folder / "image.tar"), "--format", "json"))
    rules = {item["rule"] for item in findings(pulled)}
    assert {"secret-in-file", "secret-in-environment"} <= rules
    # The second time no layer is pulled.
    assert findings(ringfence(folder, "image", f"{host}/team/app:1", "--format", "json")) == findings(pulled)


def test_the_archive_may_come_on_standard_input(world: tuple[str, Path]) -> None:
    _, folder = world
    data = (folder / "image.tar").read_bytes()
    piped = ringfence(folder, "image", "-", "--format", "json", given=data)
    assert findings(piped) == findings(ringfence(folder, "image", str(folder / "image.tar"), "--format", "json"))
    cut = ringfence(folder, "image", "-", given=data[:5000])
    assert (cut.returncode, cut.stdout, cut.stderr.count(b"\n")) == (2, b"", 1)


def test_without_a_login_it_is_one_line(world: tuple[str, Path], tmp_path: Path) -> None:
    host, _ = world
    done = ringfence(tmp_path, "image", f"docker://{host}/team/app:1")
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1)
    assert b"login" in done.stderr


class Faulty(BaseHTTPRequestHandler):
    """Between us and the registry: passes everything on, but does `fault` to the first requests for layers."""

    registry = ""
    fault = ""
    left = 0
    ranges: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        if "/blobs/" in self.path:
            self.ranges.append(self.headers.get("Range", ""))
        with contextlib.closing(http.client.HTTPConnection(self.registry)) as connection:
            kept = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            connection.request("GET", self.path, headers={**kept, "Connection": "close"})
            answer = connection.getresponse()
            body = answer.read()
        spoil = "/blobs/" in self.path and answer.status in (200, 206) and type(self).left > 0 and len(body) > 5_000
        type(self).left -= spoil
        if spoil and self.fault.isdigit():
            self.send_response(int(self.fault))
            self.send_header("Retry-After", "0")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + (100 if spoil and self.fault == "wrong-length" else 0)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if spoil and self.fault == "cut" else body)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("fault", ["429", "500", "503", "cut", "wrong-length"])
def test_faults_on_the_way_are_overcome(world: tuple[str, Path], tmp_path: Path, fault: str) -> None:
    host, folder = world
    asked: list[str] = []
    handler = type("Handler", (Faulty,), {"registry": host, "fault": fault, "left": 2, "ranges": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        near = f"127.0.0.1:{server.server_port}"
        logins = json.loads((folder / "auth.json").read_text())
        (tmp_path / "auth.json").write_text(json.dumps({"auths": {near: logins["auths"][host]}}))
        seen = ringfence(tmp_path, "image", f"docker://{near}/team/app:1", "--format", "json")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert findings(seen) == findings(ringfence(folder, "image", str(folder / "image.tar"), "--format", "json"))
    problems = [item["why"] for item in json.loads(seen.stdout)["status"]["problems"] if "store" not in item["why"]]
    assert problems == [], "every fault passes"
    assert any(said.startswith("bytes=") for said in asked) == (fault == "cut"), "taken up where it broke"
