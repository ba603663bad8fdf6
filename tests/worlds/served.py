"""A server of ours in a thread of its own, and TLS clients that verify it."""

import asyncio
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from ringfence.io import clock, tls
from ringfence.io.https_server import Handler, HttpsServer, Limits
from ringfence.trust.serving_certificates import Certificates, renewed


def certificates() -> Certificates:
    """New ones, for localhost."""
    return renewed(Certificates(), ("localhost", "hook.ringfence.svc"), clock.moment())


T = TypeVar("T")


@dataclass
class Served:
    """A running server: where, by whose certificates, and the loop it runs in."""

    port: int
    bundle: bytes
    loop: asyncio.AbstractEventLoop
    server: HttpsServer

    def context(self) -> ssl.SSLContext:
        """A client's, which takes no certificate but those of the bundle."""
        return ssl.create_default_context(cadata=self.bundle.decode())

    def connect(self) -> ssl.SSLSocket:
        """A connection, its TLS done."""
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        return self.context().wrap_socket(plain, server_hostname="localhost")

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> tuple[int, bytes]:
        """One request on a connection of its own."""
        client = http.client.HTTPSConnection("localhost", self.port, timeout=20, context=self.context())
        try:
            client.request(method, path, body, {"Content-Type": kind})
            answer = client.getresponse()
            return answer.status, answer.read()
        finally:
            client.close()

    def review(self, path: str, value: object) -> dict[str, Any]:
        """The response of a review."""
        status, body = self.ask("POST", path, value if isinstance(value, bytes) else json.dumps(value).encode())
        assert status == 200, body
        found: dict[str, Any] = json.loads(body)["response"]
        return found

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of something done in the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)


@contextmanager
def in_thread() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop that runs in a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


@contextmanager
def serving(handler: Handler, limits: Limits | None = None) -> Iterator[Served]:
    """A server with this handler, by new certificates."""
    held = certificates()
    assert held.serving is not None
    context = tls.server_context(held.serving.certificate, held.serving.key)
    with in_thread() as loop:

        async def start() -> tuple[HttpsServer, int]:
            server = HttpsServer(handler, context, limits or Limits())
            return server, await server.start("127.0.0.1", 0)

        server, port = asyncio.run_coroutine_threadsafe(start(), loop).result(20)
        try:
            yield Served(port, held.bundle, loop, server)
        finally:
            asyncio.run_coroutine_threadsafe(server.stop(1), loop).result(20)
