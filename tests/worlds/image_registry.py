"""A small registry on this machine that misbehaves on request: what a registry may do to us."""

import base64
import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from layers.image.built_image import BuiltImage, blob_path, digest

USER, PASSWORD, TOKEN = "robot", "hunter2-" + "Xq9", "token-" + "8Hq2"


@dataclass(slots=True)
class Fault:
    """What is done to the first `times` requests for one path (-1: always)."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    cut_after: int | None = None
    times: int = -1


@dataclass(slots=True)
class FakeRegistry:
    """`auth` is `none`, `basic` or `bearer`. `asked` has method, path and the authorisation that came with it."""

    images: dict[str, BuiltImage]
    auth: str = "none"
    ranges: bool = True
    faults: dict[str, Fault] = field(default_factory=dict)
    documents: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    host: str = ""

    def blobs(self) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for image in self.images.values():
            found |= {f"blobs/{name.replace('blobs/sha256/', 'sha256:')}": data for name, data in image.oci_files().items()}
        return found

    def manifest(self, tag: str) -> bytes:
        files = self.images[tag].oci_files()
        wanted = json.loads(files["index.json"])["manifests"][0]["digest"]
        return files[f"blobs/{wanted.replace(':', '/')}"]

    def document(self, name: str) -> bytes | None:
        if name in self.documents:
            return self.documents[name]
        kind, _, version = name.partition("/")
        if kind == "manifests" and version in self.images:
            return self.manifest(version)
        if kind == "manifests":
            return next((self.manifest(tag) for tag in self.images if digest(self.manifest(tag)) == version), None)
        return self.blobs().get(name)


def blob(data: bytes) -> str:
    return f"/v2/app/{blob_path(data).replace('blobs/sha256/', 'blobs/sha256:')}"


class Handler(BaseHTTPRequestHandler):
    registry: FakeRegistry

    def do_GET(self) -> None:
        said = self.headers.get("Authorization", "")
        path = urlsplit(self.path).path
        self.registry.asked.append((path, said))
        if path == "/token":
            self.token(said)
            return
        fault = self.registry.faults.get(path, Fault())
        fault = fault if fault.times else Fault()
        fault.times -= fault.times > 0
        if self.registry.auth != "none" and fault.status == 200 and not self.welcome(said):
            realm = f'Bearer realm="http://{self.registry.host}/token",service="fake",scope="repository:other:push"'
            self.send(401, b"", {"WWW-Authenticate": 'Basic realm="x"' if self.registry.auth == "basic" else realm})
            return
        found = self.registry.document(path.removeprefix("/v2/app/"))
        body = fault.body if fault.body is not None else found
        if fault.status != 200 or body is None:
            self.send(fault.status if fault.status != 200 else 404, b"", fault.headers)
            return
        self.give(body, fault)

    def give(self, body: bytes, fault: Fault) -> None:
        begin = 0
        if self.registry.ranges and (wanted := self.headers.get("Range")):
            begin = int(wanted.removeprefix("bytes=").rstrip("-"))
        part = body[begin:]
        self.send(206 if begin else 200, part, fault.headers, fault.cut_after)

    def send(self, status: int, body: bytes, headers: dict[str, str], cut_after: int | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:cut_after])
        if cut_after is not None:
            self.wfile.flush()
            time.sleep(0.01)
            self.close_connection = True

    def welcome(self, said: str) -> bool:
        basic = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        return said == (basic if self.registry.auth == "basic" else f"Bearer {TOKEN}")

    def token(self, said: str) -> None:
        self.registry.scopes.extend(parse_qs(urlsplit(self.path).query).get("scope", []))
        right = said == "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        self.send(200 if right else 401, json.dumps({"token": TOKEN}).encode(), {})

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def serving(registry: FakeRegistry) -> Iterator[FakeRegistry]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"registry": registry}))
    server.daemon_threads = True
    registry.host = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
