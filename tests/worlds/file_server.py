"""A web server on this machine that serves a folder, and misbehaves on request: what a publisher's server may do to us."""

import contextlib
import hashlib
import threading
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote


@dataclass(slots=True)
class Fault:
    """What is done to one path, for the first `times` requests (-1: always)."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    truncated: int | None = None  # bytes after which the connection is closed
    body: bytes | None = None
    waits: bool = False  # half the body, then nothing until the server stops
    times: int = -1


@dataclass(slots=True)
class FileServer:
    """`asked` lists the paths in the order they were asked for, `unchanged` those answered with 304."""

    root: Path
    faults: dict[str, Fault] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    reached: threading.Event = field(default_factory=threading.Event)
    stopping: threading.Event = field(default_factory=threading.Event)
    url: str = ""


@contextlib.contextmanager
def serving(root: Path) -> Iterator[FileServer]:
    world = FileServer(root)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = unquote(self.path).lstrip("/")
            world.asked.append(path)
            fault = world.faults.get(path, Fault())
            if fault.times == 0:
                fault = Fault()
            fault.times -= fault.times > 0
            self.answer(path, fault)

        def answer(self, path: str, fault: Fault) -> None:
            file = world.root / path
            body = fault.body if fault.body is not None else file.read_bytes() if file.is_file() else None
            status = 404 if body is None and fault.status == 200 else fault.status
            body = body or b""
            tag = hashlib.sha256(body).hexdigest()[:16]
            if status == 200 and self.headers.get("If-None-Match") == f'"{tag}"':
                status, body = 304, b""
                world.unchanged.append(path)
            self.send_response(status)
            digest = b64encode(hashlib.md5(body).digest()).decode()
            headers = {"ETag": f'"{tag}"', "x-goog-hash": f"md5={digest}", **fault.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if fault.waits:
                self.wfile.write(body[: len(body) // 2])
                self.wfile.flush()
                world.reached.set()
                world.stopping.wait(60)
                return
            self.wfile.write(body if fault.truncated is None else body[: fault.truncated])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    world.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield world
    finally:
        world.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()
