"""Images that engines of this host hold: a Docker daemon asked over its socket, containerd's store read where it lies."""

import gzip
import json
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from layers.image.built_image import BuiltImage, blob_path, digest, file, look, tar_of
from ringfence.errors import RingfenceError, Unavailable, UnreadableInput, WrongUsage

IMAGE = BuiltImage(
    (
        tar_of(
            [
                file("etc/os-release", "ID=alpine\nVERSION_ID=3.20.1\n"),
                file("lib/apk/db/installed", "P:musl\nV:1.2.5-r0\n\n"),
            ]
        ),
        tar_of([file("root/x", "y")]),
    ),
)
SAMPLE = Path(__file__).parents[3] / "formats" / "samples" / "containerd-meta.db.gz"
NAMED = "sha256:21306ffeced3c03db77eb4ba147e6d1fa6cc88fc5d05e5af50862a643d3dd344"


@dataclass
class Daemon:
    """As much of the Docker Engine API as is asked for (v1.41); the archive comes in chunks, as dockerd sends it."""

    images: dict[str, bytes]
    cut: bool = False
    status: int = 0
    asked: list[str] = field(default_factory=list)

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                request = connection.recv(65536).decode()
                path = request.split(" ")[1]
                self.asked.append(path)
                self.answer(connection, path)

    def answer(self, connection: socket.socket, path: str) -> None:
        name, _, what = path.removeprefix("/images/").rpartition("/")
        if self.status:
            connection.sendall(f"HTTP/1.1 {self.status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        elif name not in self.images:
            body = json.dumps({"message": f"No such image: {name}"}).encode()
            head = f"HTTP/1.1 404 Not Found\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            connection.sendall(head.encode() + body)
        elif what == "json":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        else:
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
            data = self.images[name]
            for start in range(0, len(data), 7000):
                chunk = data[start : start + 7000]
                connection.sendall(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
                if self.cut:
                    return
            connection.sendall(b"0\r\n\r\n")


@pytest.fixture
def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    archive = Path(IMAGE.docker_archive(tmp_path / "x.tar")).read_bytes()
    found = Daemon({"localhost/x:1": archive})
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        thread = threading.Thread(target=found.serve, args=(listener,))
        thread.start()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
        yield found
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_daemon_gives_the_image_out(daemon: Daemon, tmp_path: Path) -> None:
    seen = look("docker-daemon:localhost/x:1")
    assert seen.packages == look(IMAGE.docker_archive(tmp_path / "y.tar")).packages == ["musl 1.2.5-r0"]
    assert daemon.asked == ["/images/localhost/x:1/json", "/images/localhost/x:1/get"]


@pytest.mark.usefixtures("daemon")
def test_a_bare_name_is_asked_of_the_daemon_before_any_registry() -> None:
    assert look("localhost/x:1").packages == ["musl 1.2.5-r0"]


@pytest.mark.usefixtures("daemon")
def test_an_image_that_the_daemon_has_not_is_one_line() -> None:
    with pytest.raises(UnreadableInput, match="no image of this name"):
        look("docker-daemon:nothing:1")


def test_an_archive_cut_off_is_not_taken_for_a_whole_one(daemon: Daemon) -> None:
    daemon.cut = True
    with pytest.raises(Unavailable, match="does not answer"):
        look("docker-daemon:localhost/x:1")


def test_a_daemon_in_trouble_is_told_so(daemon: Daemon) -> None:
    daemon.status = 500
    with pytest.raises(Unavailable, match="status 500"):
        look("docker-daemon:localhost/x:1")


@pytest.mark.parametrize("name", ["../../containers/json", "a/../b", "/x", "a//b"])
def test_a_name_asks_for_nothing_but_an_image(daemon: Daemon, name: str) -> None:
    with pytest.raises(WrongUsage, match="no name of an image"):
        look(f"docker-daemon:{name}")
    assert daemon.asked == []


def test_no_daemon_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none")
    with pytest.raises(Unavailable, match="no Docker daemon"):
        look("docker-daemon:x")
    monkeypatch.setenv("DOCKER_HOST", "tcp://192.0.2.1:2375")
    with pytest.raises(WrongUsage, match="not a Unix socket"):
        look("docker-daemon:x")


def store(host: Path, root: str = "var/lib/containerd") -> Path:
    """containerd's data: its real metadata, of which the image's digest is replaced by that of ours."""
    files = IMAGE.oci_files()
    manifest = json.loads(files["index.json"])["manifests"][0]["digest"]
    data = gzip.decompress(SAMPLE.read_bytes()).replace(NAMED.encode(), manifest.encode())
    for path, content in {
        f"{root}/io.containerd.metadata.v1.bolt/meta.db": data,
        **{f"{root}/io.containerd.content.v1.content/{path}": content for path, content in files.items() if "blobs" in path},
    }.items():
        (host / path).parent.mkdir(parents=True, exist_ok=True)
        (host / path).write_bytes(content)
    return host / root / "io.containerd.content.v1.content"


@pytest.mark.parametrize("root", ["var/lib/containerd", "var/lib/rancher/k3s/agent/containerd"])
def test_an_image_of_containerd_is_read_where_it_lies(tmp_path: Path, root: str) -> None:
    store(tmp_path, root=root)
    seen = look("containerd:localhost/x:1", host=str(tmp_path))
    assert seen.packages == ["musl 1.2.5-r0"]
    assert seen.facts.digest == digest(IMAGE.configuration)
    assert look("localhost/x:1", host=str(tmp_path)).packages == seen.packages, "by its bare name, before any registry"


def test_an_image_that_containerd_has_not_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="no data of containerd"):
        look("containerd:localhost/x:1", host=str(tmp_path))
    store(tmp_path)
    with pytest.raises(UnreadableInput, match="no image of this name"):
        look("containerd:localhost/y:1", host=str(tmp_path))


def test_a_blob_that_was_dropped_after_unpacking_is_told(tmp_path: Path) -> None:
    content = store(tmp_path)
    (content / blob_path(IMAGE.layers[0])).unlink()
    with pytest.raises(UnreadableInput, match="No such file") as caught:
        look("containerd:localhost/x:1", host=str(tmp_path))
    assert "pull it again" in caught.value.diagnostics()


def test_content_that_is_not_what_its_digest_says_is_refused(tmp_path: Path) -> None:
    content = store(tmp_path)
    (content / blob_path(IMAGE.configuration)).write_bytes(b"{}")
    with pytest.raises(UnreadableInput, match="not what its digest says"):
        look("containerd:localhost/x:1", host=str(tmp_path))


def test_links_in_the_store_lead_nowhere_else(tmp_path: Path) -> None:
    content = store(tmp_path)
    blob = content / blob_path(IMAGE.layers[0])
    blob.unlink()
    blob.symlink_to("/etc/passwd")
    with pytest.raises(RingfenceError):
        look("containerd:localhost/x:1", host=str(tmp_path))
    assert os.path.islink(blob)
