"""A registry that is written to: logins go to its own host alone, broken uploads begin anew, referrers are listed once."""

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ringfence.errors import Unavailable
from ringfence.formats.image_name import ImageName
from ringfence.formats.registry_auth import Login
from ringfence.io.registry_push import PUSH, WritableRegistry
from ringfence.trust.repository import MANIFEST, RegistryRepository, digest_of, fallback_tag

LOGIN = Login(user="robot", password="hunter2-" + "Xq9")
SUBJECT = f"sha256:{'a' * 64}"


@dataclass(slots=True)
class PushWorld:
    """A registry in memory. `uploads_at` is another host that takes its uploads; `api` lists referrers itself."""

    api: bool = False
    break_uploads: int = 0
    uploads_at: str = ""
    host: str = ""
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, bytes] = field(default_factory=dict)


class Handler(BaseHTTPRequestHandler):
    world: PushWorld

    def answer(self) -> None:
        said = self.headers.get("Authorization", "")
        self.world.asked.append((self.command, self.path, said))
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        kind, _, version = path.removeprefix("/v2/app/").partition("/")
        if path.startswith("/upload"):
            self.take_blob(query.removeprefix("digest="), body)
        elif said != LOGIN.basic:
            self.send(401, {"WWW-Authenticate": 'Basic realm="x"'})
        elif self.command == "POST":
            self.send(202, {"Location": f"{self.world.uploads_at or ''}/upload/1"})
        elif self.command == "PUT":
            self.world.manifests[version] = body
            self.world.manifests[digest_of(body)] = body
            subject = json.loads(body).get("subject")
            self.send(201, {"OCI-Subject": subject["digest"]} if subject and self.world.api else {})
        elif kind == "referrers" and self.world.api:
            items = [
                {"digest": digest, "mediaType": MANIFEST, "size": 1}
                for digest, data in self.world.manifests.items()
                if json.loads(data).get("subject", {}).get("digest") == version
            ]
            self.send(200, {}, json.dumps({"manifests": items}).encode())
        else:
            found = (self.world.blobs if kind == "blobs" else self.world.manifests).get(version)
            self.send(404 if found is None else 200, {}, found or b"")

    do_GET = do_HEAD = do_POST = do_PUT = answer  # noqa: N815 - the names that http.server calls

    def take_blob(self, digest: str, body: bytes) -> None:
        if self.world.break_uploads:
            self.world.break_uploads -= 1
            self.send(404, {})
            return
        self.world.blobs[digest] = body
        self.send(201, {})

    def send(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def serving(world: PushWorld) -> Iterator[PushWorld]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"world": world}))
    server.daemon_threads = True
    world.host = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield world
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def opened(world: PushWorld) -> Iterator[WritableRegistry]:
    name = ImageName(host=world.host, path="app", tag="1")
    with contextlib.closing(WritableRegistry(name, lambda: LOGIN, sleep=lambda _: None, actions=PUSH)) as registry:
        yield registry


def test_an_upload_at_another_host_takes_no_login_along() -> None:
    with (
        serving(PushWorld()) as storage,
        serving(PushWorld(uploads_at=f"http://{storage.host}")) as world,
        opened(world) as it,
    ):
        digest = it.put(b"a blob")
    assert storage.blobs == {digest: b"a blob"}
    assert [said for _, _, said in storage.asked] == [""]
    assert LOGIN.basic in {said for _, _, said in world.asked}


def test_an_upload_that_leads_to_plain_http_elsewhere_is_refused() -> None:
    with (
        serving(PushWorld(uploads_at="http://registry.example")) as world,
        opened(world) as it,
        pytest.raises(Unavailable, match="not https"),
    ):
        it.put(b"a blob")


def test_a_session_that_is_gone_begins_anew_and_what_is_there_is_not_sent_again() -> None:
    with serving(PushWorld(break_uploads=2)) as world, opened(world) as it:
        digest = it.put(b"a blob")
        sent = len(world.asked)
        assert it.put(b"a blob") == digest
        assert [(method, path) for method, path, _ in world.asked[sent:]] == [("HEAD", f"/v2/app/blobs/{digest}")]
    assert world.blobs == {digest: b"a blob"}


@pytest.mark.parametrize("api", [True, False])
def test_a_referrer_is_found_whether_or_not_the_registry_lists_it(api: bool) -> None:
    data = json.dumps(
        {"schemaVersion": 2, "layers": [], "subject": {"digest": SUBJECT, "mediaType": "", "size": 1}}
    ).encode()
    with serving(PushWorld(api=api)) as world, opened(world) as it:
        repository = RegistryRepository(it)
        for _ in range(2):
            repository.put_referrer(data, SUBJECT, "application/example")
        assert repository.referrers(SUBJECT) == (digest_of(data),)
        assert (fallback_tag(SUBJECT) in world.manifests) is not api
