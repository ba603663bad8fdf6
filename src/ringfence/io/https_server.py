"""A small HTTPS server: HTTP/1.1 over TLS, every size, time and number limited, work in a bounded queue.

h11 reads the protocol; what is not HTTP is answered 400 and closed. One piece of work is done at a time, because it is done
by this processor anyway; what arrives while `queue` pieces wait is refused at once with 429 and `Retry-After`, which
client-go (the API server's client) obeys. Work that waits for others (a registry) is awaited beside the queue.

Sources: RFC 9112 (HTTP/1.1), RFC 6585 (429); k8s.io/client-go rest/request.go (retries).
"""

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import h11

from ringfence.errors import Unavailable

READ = 64 * 1024
"""Bytes read at a time."""
RETRY_SECONDS = 1
"""After how long a refused client may come back."""
LINGER_SECONDS = 1.0
"""How long a client that was refused may still send."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client, and all together, may ask of the server. Times are seconds.

    `handshake` bounds TLS, `head` the time to the end of the headers, `body` that to the end of the body, `idle` the time
    between two requests; `queue` the requests that wait for the processor, `beside` those that wait for others.
    """

    header_bytes: int = 32 * 1024
    body_bytes: int = 8 * 1024 * 1024
    handshake: float = 5.0
    head: float = 5.0
    body: float = 10.0
    idle: float = 120.0
    connections: int = 1024
    queue: int = 64
    beside: int = 64


@dataclass(frozen=True, slots=True)
class Request:
    """A whole request. `path` is without its query; `media_type` without its parameters."""

    method: str
    path: str
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """What is answered."""

    status: int
    body: bytes
    media_type: str = "text/plain; charset=utf-8"
    retry_after: int = 0


Handler = Callable[[Request], Response | Awaitable[Response]]


@dataclass(slots=True)
class Counts:
    """What the server itself turned away or lost, since it started."""

    connections: int = 0
    refused_connections: int = 0
    shed: int = 0
    malformed: int = 0
    too_slow: int = 0
    too_large: int = 0


@dataclass(slots=True)
class HttpsServer:
    """The server. `handler` answers one request; it must not raise, and must not block."""

    handler: Handler
    context: ssl.SSLContext | None
    limits: Limits = field(default_factory=Limits)
    counts: Counts = field(default_factory=Counts)
    draining: bool = False
    _waiting: int = 0
    _beside: int = 0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _busy: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self, host: str, port: int) -> int:
        """Listens, and gives the port. Raises `Unavailable`."""
        timeout = self.limits.handshake if self.context is not None else None
        try:
            self._server = await asyncio.start_server(
                self._connected, host, port, ssl=self.context, ssl_handshake_timeout=timeout, limit=READ
            )
        except OSError as cause:
            raise Unavailable(cause.strerror or str(cause), where=f"{host}:{port}", mend="give another --listen") from cause
        port_given: int = self._server.sockets[0].getsockname()[1]
        return port_given

    async def stop(self, seconds: float) -> None:
        """Takes no more connections, lets requests in hand be answered for so long, then closes all."""
        self.draining = True
        if self._server is not None:
            self._server.close()
        for task in self._tasks - self._busy:
            task.cancel()
        if self._busy:
            await asyncio.wait(set(self._busy), timeout=seconds)
        for task in set(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._tasks) >= self.limits.connections or self.draining:
            self.counts.refused_connections += 1
            writer.transport.abort()
            return
        self._tasks.add(task)
        self.counts.connections += 1
        try:
            await _Connection(self, reader, writer, task).serve()
        # Whatever a client does to its own connection ends that connection and nothing else.
        except (ConnectionError, ssl.SSLError, TimeoutError, asyncio.CancelledError, OSError):
            pass
        finally:
            self._tasks.discard(task)
            self._busy.discard(task)
            writer.transport.abort()

    async def answer(self, request: Request) -> Response:
        """The handler's answer, in its turn; 429 if too many wait."""
        if self._waiting >= self.limits.queue or self._beside >= self.limits.beside:
            self.counts.shed += 1
            said = f"overloaded: {self._waiting + self._beside} requests are in hand; try again in {RETRY_SECONDS} s\n"
            return Response(429, said.encode(), retry_after=RETRY_SECONDS)
        self._waiting += 1
        try:
            async with self._turn:
                # Lets what arrived meanwhile be read, so that it is counted before the next piece of work.
                await asyncio.sleep(0)
                found = self.handler(request)
        finally:
            self._waiting -= 1
        if isinstance(found, Response):
            return found
        self._beside += 1
        try:
            return await found
        finally:
            self._beside -= 1

    def busy(self, task: "asyncio.Task[None]", working: bool) -> None:
        """Notes whether a connection has a request in hand."""
        (self._busy.add if working else self._busy.discard)(task)


@dataclass(slots=True)
class _Connection:
    """One client."""

    server: HttpsServer
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    task: "asyncio.Task[None]"

    async def serve(self) -> None:
        """Answers requests until the client goes, breaks a limit, or the server drains."""
        protocol = h11.Connection(h11.SERVER, max_incomplete_event_size=self.server.limits.header_bytes)
        while True:
            try:
                request = await self._request(protocol)
            except h11.RemoteProtocolError as fault:
                self.server.counts.malformed += 1
                await self._refuse(protocol, fault.error_status_hint, "this is no HTTP request")
                return
            except TimeoutError:
                self.server.counts.too_slow += 1
                await self._refuse(protocol, 408, "the request did not come in time")
                return
            if request is None:
                return
            if isinstance(request, Response):
                await self._send(protocol, request, close=False)
                await self._swallow()
                return
            self.server.busy(self.task, working=True)
            response = await self.server.answer(request)
            await self._send(protocol, response, close=self.server.draining)
            self.server.busy(self.task, working=False)
            if protocol.our_state is h11.MUST_CLOSE or protocol.their_state is not h11.DONE or self.server.draining:
                return
            protocol.start_next_cycle()

    async def _request(self, protocol: h11.Connection) -> Request | Response | None:
        """The next request; a `Response` for one that is refused unread; None if the client went."""
        limits = self.server.limits
        if protocol.trailing_data[0] == b"" and not await self._more(protocol, limits.idle):
            return None
        async with asyncio.timeout(limits.head):
            head = await self._event(protocol)
        if not isinstance(head, h11.Request):
            return None
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
        length = headers.get("content-length", "0")
        if int(length) > limits.body_bytes:
            return self._too_large()
        if headers.get("expect", "").lower() == "100-continue":
            self.writer.write(protocol.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
        body = bytearray()
        async with asyncio.timeout(limits.body):
            while isinstance(event := await self._event(protocol), h11.Data):
                body += event.data
                if len(body) > limits.body_bytes:
                    return self._too_large()
        if not isinstance(event, h11.EndOfMessage):
            return None
        target = head.target.decode("latin-1").partition("?")[0]
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        return Request(head.method.decode("latin-1"), target, kind, bytes(body))

    def _too_large(self) -> Response:
        self.server.counts.too_large += 1
        return Response(413, f"a body may have {self.server.limits.body_bytes} bytes\n".encode())

    async def _event(self, protocol: h11.Connection) -> object:
        while (event := protocol.next_event()) is h11.NEED_DATA:
            protocol.receive_data(await self.reader.read(READ))
        return event

    async def _more(self, protocol: h11.Connection, seconds: float) -> bool:
        """Whether the client sends something within the time; a silent one is let go without a word."""
        try:
            async with asyncio.timeout(seconds):
                data = await self.reader.read(READ)
        except TimeoutError:
            return False
        if data:
            protocol.receive_data(data)
        return bool(data)

    async def _send(self, protocol: h11.Connection, response: Response, *, close: bool) -> None:
        headers = [("content-type", response.media_type), ("content-length", str(len(response.body)))]
        headers += [("retry-after", str(response.retry_after))] if response.retry_after else []
        headers += [("connection", "close")] if close else []
        head = protocol.send(h11.Response(status_code=response.status, headers=headers)) or b""
        body = protocol.send(h11.Data(data=response.body)) or b""
        self.writer.write(head + body + (protocol.send(h11.EndOfMessage()) or b""))
        async with asyncio.timeout(self.server.limits.body):
            await self.writer.drain()
        if close:
            await self._bye()

    async def _swallow(self) -> None:
        """Reads on for a moment, and forgets it: a client that is still sending would not read why it was refused."""
        left = 2 * self.server.limits.body_bytes
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while left > 0 and (data := await self.reader.read(READ)):
                    left -= len(data)
        await self._bye()

    async def _bye(self) -> None:
        """Lets what was written arrive before the connection is cut."""
        with contextlib.suppress(OSError, ssl.SSLError, TimeoutError):
            async with asyncio.timeout(1):
                self.writer.close()
                await self.writer.wait_closed()

    async def _refuse(self, protocol: h11.Connection, status: int, said: str) -> None:
        if protocol.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            await self._send(protocol, Response(status, f"{said}\n".encode()), close=True)
