"""An API server that keeps objects in memory and speaks TLS: reads, makes, patches, with resourceVersions."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ringfence.trust.serving_certificates import Certificates

TOKEN = "a-token-of-the-fake-api-server"


@dataclass
class FakeApiServer:
    """What it holds, by path; what was asked of it; and, if set, the status that everything is answered with."""

    url: str = ""
    authority: str = ""
    token: str = ""
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    broken: int = 0
    version: int = 0

    def put(self, path: str, value: dict[str, Any]) -> dict[str, Any]:
        self.version += 1
        value.setdefault("metadata", {})["resourceVersion"] = str(self.version)
        self.objects[path] = value
        return value

    def answer(self, method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:  # noqa: ANN401 - JSON
        self.asked.append((method, path))
        if self.broken:
            return self.broken, {"message": "it is broken on purpose"}
        held = self.objects.get(path)
        if method == "POST":
            body["metadata"].setdefault("name", f"{body['metadata'].get('generateName', '')}{self.version}")
            whole = f"{path}/{body['metadata']['name']}"
            return (409, {"message": "already exists"}) if whole in self.objects else (201, self.put(whole, body))
        if held is None:
            return 404, {"message": "not found"}
        if method == "PATCH":
            return self._patched(path, held, body)
        return 200, held

    def _patched(
        self, path: str, held: dict[str, Any], body: list[dict[str, Any]] | dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        value = json.loads(json.dumps(held))
        if isinstance(body, dict):
            if body["metadata"]["resourceVersion"] != held["metadata"]["resourceVersion"]:
                return 409, {"message": "the object has been modified"}
            value["data"] = {**(held.get("data") or {}), **body["data"]}
            return 200, self.put(path, value)
        for item in body:
            *parents, last = item["path"].split("/")[1:]
            here = value
            for step in parents:
                here = here[int(step)] if isinstance(here, list) else here[step]
            if item["op"] == "test":
                if here[last] != item["value"]:
                    return 422, {"message": "the test failed"}
            else:
                here[last] = item["value"]
        return 200, self.put(path, value)


@contextmanager
def running(folder: Path, certificates: Certificates) -> Iterator[FakeApiServer]:
    """The server, by the certificate given, on a free port of this host."""
    world = FakeApiServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                status, value = 401, {"message": "Unauthorized"}
            else:
                status, value = world.answer(self.command, self.path, json.loads(body) if body else None)
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = _any  # noqa: N815 - http.server names them so

        def log_message(self, *_: object) -> None:
            return

    serving = certificates.serving
    assert serving is not None
    (folder / "api.pem").write_bytes(serving.certificate + serving.key)
    (folder / "api-ca.pem").write_bytes(certificates.bundle)
    (folder / "token").write_text(TOKEN)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "api.pem")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    world.url = f"https://localhost:{server.server_address[1]}"
    world.authority, world.token = str(folder / "api-ca.pem"), str(folder / "token")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield world
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
