"""The HTTPS server against good clients and bad ones: garbage, silence, endless bodies, too many at once; by real TLS."""

import asyncio
import contextlib
import json
import os
import socket
import ssl
import threading
from collections.abc import Iterator

import pytest

from ringfence.io import tls
from ringfence.io.https_server import Limits, Request, Response
from worlds.served import Served, certificates, serving

TIGHT = Limits(header_bytes=2048, body_bytes=10_000, handshake=1, head=1, body=1, idle=1, connections=20, queue=2)


def echo(request: Request) -> Response:
    said = {"method": request.method, "path": request.path, "kind": request.media_type, "bytes": len(request.body)}
    return Response(200, json.dumps(said).encode(), "application/json")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(echo, TIGHT) as found:
        yield found


def test_a_request_is_answered_and_the_certificate_verified(served: Served) -> None:
    status, body = served.ask("POST", "/a?timeout=10s", b"x" * 5000, "application/json; charset=utf-8")
    assert (status, json.loads(body)) == (
        200,
        {"method": "POST", "path": "/a", "kind": "application/json", "bytes": 5000},
    )


def plainly(served: Served) -> socket.socket:
    """A connection without TLS."""
    return socket.create_connection(("127.0.0.1", served.port), timeout=10)


def test_a_client_of_other_authorities_does_not_connect(served: Served) -> None:
    stranger = ssl.create_default_context(cadata=certificates().bundle.decode())
    with plainly(served) as plain, pytest.raises(ssl.SSLCertVerificationError):
        stranger.wrap_socket(plain, server_hostname="localhost")
    with plainly(served) as plain, pytest.raises(ssl.SSLCertVerificationError, match="not valid for"):
        served.context().wrap_socket(plain, server_hostname="elsewhere.ringfence.svc")


def test_old_versions_of_tls_are_refused(served: Served) -> None:
    context = served.context()
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with plainly(served) as plain, pytest.raises((ssl.SSLError, ConnectionError)):
        context.wrap_socket(plain, server_hostname="localhost")


def read_all(sock: socket.socket) -> bytes:
    found = b""
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while piece := sock.recv(65536):
            found += piece
    return found


def test_many_requests_on_one_connection(served: Served) -> None:
    with served.connect() as sock:
        one = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab"
        sock.sendall(one + one + one[:-2])
        sock.sendall(b"ab" + b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        assert read_all(sock).count(b"HTTP/1.1 200") == 4


def test_a_body_in_chunks_and_one_that_is_announced(served: Served) -> None:
    with served.connect() as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
        sock.sendall(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        assert b'"bytes": 5' in read_all(sock)
    with served.connect() as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
        assert sock.recv(1000).startswith(b"HTTP/1.1 100")
        sock.sendall(b"ab")
        assert b'"bytes": 2' in read_all(sock)


GARBAGE = {
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00" * 50, b"400"),
    "a line that never ends": (b"GET /" + b"a" * 5000, b"431"),
    "too many headers": (b"GET / HTTP/1.1\r\nHost: h\r\n" + b"".join(b"A%d: b\r\n" % n for n in range(500)), b"431"),
    "two lengths": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nab", b"400"),
    "a length that is none": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", b"400"),
    "a length of many digits": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + b"9" * 1000 + b"\r\n\r\n", b"400"),
    "a length too large": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10001\r\n\r\n", b"413"),
    "chunks too large": (
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1000\r\n" + b"a" * 4096 + b"\r\n" * 1,
        b"",
    ),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", b"400"),
    "smuggling": (
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
        b"501",
    ),
}


@pytest.mark.parametrize("name", GARBAGE)
def test_what_is_no_request_is_refused_and_the_server_stays(served: Served, name: str) -> None:
    sent, status = GARBAGE[name]
    with served.connect() as sock:
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            sock.sendall(sent)
        said = read_all(sock)
    assert said.startswith(b"HTTP/1.1 " + status) or not status
    assert served.ask("GET", "/")[0] == 200


def test_an_endless_body_ends(served: Served) -> None:
    with served.connect() as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            for _ in range(2000):
                sock.sendall(b"400\r\n" + b"a" * 1024 + b"\r\n")
        assert b" 413 " in read_all(sock) or served.server.counts.too_large


def test_garbage_in_place_of_tls(served: Served) -> None:
    for sent in (b"GET / HTTP/1.1\r\n\r\n", os.urandom(2000), b"\x16\x03\x01" + b"\xff" * 500, b""):
        with plainly(served) as plain:
            plain.sendall(sent)
            plain.shutdown(socket.SHUT_WR)
            read_all(plain)
    assert served.ask("GET", "/")[0] == 200


SLOW = {
    "before TLS": (b"", False),
    "in the headers": (b"POST / HTTP/1.1\r\nHost", True),
    "in the body": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nab", True),
    "after TLS": (b"", True),
}


@pytest.mark.parametrize("name", SLOW)
def test_a_silent_client_is_let_go(served: Served, name: str) -> None:
    sent, through_tls = SLOW[name]
    if through_tls:
        with served.connect() as sock:
            sock.sendall(sent)
            said = read_all(sock)
        assert said == b"" or said.startswith(b"HTTP/1.1 408")
    else:
        with plainly(served) as plain:
            assert read_all(plain) == b""
    assert served.ask("GET", "/")[0] == 200


def test_a_client_that_trickles_is_let_go(served: Served) -> None:
    with served.connect() as sock:
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            for byte in b"POST / HTTP/1.1\r\nHost: hhhhhhhhhhhhhhhhhhhhhhhhhhhh\r\n":
                sock.sendall(bytes([byte]))
                threading.Event().wait(0.05)
        assert b" 408 " in read_all(sock)


def test_too_many_connections_are_cut() -> None:
    with serving(echo, Limits(connections=3, idle=10)) as served, contextlib.ExitStack() as stack:
        for _ in range(3):
            sock = stack.enter_context(served.connect())
            sock.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            assert sock.recv(1000).startswith(b"HTTP/1.1 200")
        with pytest.raises((ssl.SSLError, OSError, ConnectionError)):
            served.ask("GET", "/")
        assert served.server.counts.refused_connections == 1


def test_what_cannot_be_done_in_time_is_shed_with_a_word() -> None:
    free = threading.Event()

    async def waits() -> Response:
        await asyncio.to_thread(free.wait, 20)
        return Response(200, b"done")

    with serving(lambda _request: waits(), Limits(beside=3)) as served:
        answers: list[int] = []
        threads = [threading.Thread(target=lambda: answers.append(served.ask("GET", "/")[0])) for _ in range(3)]
        for thread in threads:
            thread.start()
        while served.server._beside < 3:
            threading.Event().wait(0.01)
        status, said = served.ask("GET", "/")
        assert status == 429
        assert b"try again in 1 s" in said
        with served.connect() as sock:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            assert b"retry-after: 1\r\n" in read_all(sock).lower()
        free.set()
        for thread in threads:
            thread.join()
        assert answers == [200, 200, 200]
        assert served.server.counts.shed == 2
        assert served.ask("GET", "/")[0] == 200


def test_a_queue_that_is_full_sheds() -> None:
    turns = threading.Semaphore(0)

    def slow(request: Request) -> Response:
        turns.acquire(timeout=20)
        return echo(request)

    with serving(slow, Limits(queue=2)) as served:
        answers: list[int] = []
        threads = [threading.Thread(target=lambda: answers.append(served.ask("GET", "/")[0])) for _ in range(8)]
        for thread in threads:
            thread.start()
        turns.release(8)
        for thread in threads:
            thread.join()
        assert set(answers) <= {200, 429}
        assert answers.count(429) == served.server.counts.shed


def test_draining_answers_what_is_in_hand_and_takes_nothing_new() -> None:
    free = threading.Event()

    async def waits() -> Response:
        await asyncio.to_thread(free.wait, 20)
        return Response(200, b"done")

    with serving(lambda _request: waits()) as served, served.connect() as idle, served.connect() as busy:
        busy.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        while not served.server._beside:
            threading.Event().wait(0.01)
        stopping = asyncio.run_coroutine_threadsafe(served.server.stop(10), served.loop)
        while not served.server.draining:
            threading.Event().wait(0.01)
        with pytest.raises((ConnectionError, TimeoutError)):
            socket.create_connection(("127.0.0.1", served.port), timeout=2).close()
        assert read_all(idle) == b""
        free.set()
        said = read_all(busy)
        assert said.startswith(b"HTTP/1.1 200")
        assert b"connection: close" in said
        stopping.result(10)


def test_another_certificate_is_taken_over_while_connections_stand() -> None:
    with serving(echo) as served, served.connect() as before:
        first = before.getpeercert(binary_form=True)
        new = certificates()
        assert new.serving is not None
        assert served.server.context is not None
        tls.reload(served.server.context, new.serving.certificate, new.serving.key)
        old_bundle, served.bundle = served.bundle, new.bundle
        with served.connect() as after:
            assert after.getpeercert(binary_form=True) != first
        before.sendall(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        assert b"200" in read_all(before)
        served.bundle = old_bundle
        with pytest.raises(ssl.SSLCertVerificationError):
            served.connect()
