"""HTTP: one file from a server into a temporary file, with a limit on everything a server can do to us."""

import contextlib
import hashlib
import re
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from ringfence.errors import LimitExceeded, Unavailable
from ringfence.model.fact import Fact

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 10.0
"""How long a server may take to accept a connection."""
READ_SECONDS = 30.0
"""How long a server may say nothing."""
TOTAL_SECONDS = 1800.0
"""How long one file may take: a body that trickles must end, too."""
MAX_BYTES = 2 * 1024**3
"""Most that is taken of one body."""
MAX_REDIRECTS = 5
"""Redirects followed for one file."""
ATTEMPTS = 4
"""How often one file is asked for before it counts as unavailable."""
MAX_WAIT_SECONDS = 30.0
"""Longest pause between two attempts, whatever `Retry-After` says."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""The hosts that may be asked without TLS: nobody is between them and us."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MISSING = frozenset({404, 410})
_NOT_MODIFIED = 304
_MAX_VALIDATOR = 500
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


class Validator(Fact):
    """What a server said of the state of a file, to ask later whether it is another by then (RFC 9110, 8.8)."""

    etag: str = ""
    modified: str = ""

    @property
    def asking(self) -> dict[str, str]:
        """The headers that ask for the file only if it changed."""
        held = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in held.items() if value}


class Unchanged(Exception):
    """The file is what it was when its validator was given."""


class _TryAgain(Exception):
    """The server may give it later; `wait` seconds are asked for."""

    def __init__(self, why: str, wait: float = 0.0) -> None:
        super().__init__(why)
        self.wait = wait


@dataclass(slots=True)
class Http:
    """A client for one run. `redirect_hosts` may be redirected to besides the host first asked. Closed by `close`.

    `validators` has what servers said of the state of each file fetched, by its address.
    """

    redirect_hosts: frozenset[str] = frozenset()
    max_bytes: int = MAX_BYTES
    total_seconds: float = TOTAL_SECONDS
    sleep: Callable[[float], None] = time.sleep
    validators: dict[str, Validator] = field(default_factory=dict)
    _clients: "dict[bool, httpx.Client]" = field(default_factory=dict)

    def fetch(self, url: str, max_bytes: int | None = None, held: Validator | None = None) -> IO[bytes] | None:
        """The body at `url` in a temporary file, read from its start; None if the server says there is no such thing.

        Raises `Unavailable` naming the URL, `LimitExceeded` for a body that is too large, and `Unchanged` if it is what it
        was when `held` was given.
        """
        wait = 0.5
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._once(url, max_bytes or self.max_bytes, held or Validator())
            except _TryAgain as cause:
                if attempt == ATTEMPTS:
                    raise Unavailable(
                        f"{cause} ({ATTEMPTS} attempts)", where=url, mend="try later, or name another source with --from"
                    ) from cause
                self.sleep(min(max(wait, cause.wait), MAX_WAIT_SECONDS))
                wait *= 2
        raise AssertionError("unreachable: the last attempt returns or raises")

    def close(self) -> None:
        """Closes the connections."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def _once(self, url: str, max_bytes: int, held: Validator) -> IO[bytes] | None:
        import httpx  # noqa: PLC0415 - 40 ms that only a run with network needs

        first_host, asked = httpx.URL(url).host, url
        for _ in range(MAX_REDIRECTS + 1):
            target = _allowed(url)
            try:
                with self._client(loopback=target.host in LOOPBACK).stream("GET", target, headers=held.asking) as answer:
                    if answer.status_code in _REDIRECTS:
                        url = str(target.join(answer.headers.get("location", "")))
                        self._check_redirect(str(target), url, first_host)
                        continue
                    if answer.status_code in _MISSING:
                        return None
                    if answer.status_code == _NOT_MODIFIED and held.asking:
                        raise Unchanged(asked)
                    _check_status(answer, str(target))
                    self.validators[asked] = _validator(answer)
                    return self._body(answer, str(target), max_bytes)
            except (httpx.TransportError, httpx.DecodingError) as cause:
                raise _TryAgain(str(cause) or type(cause).__name__) from cause
            except httpx.InvalidURL as cause:
                raise Unavailable(f"redirects to no valid address: {cause}", where=str(target)) from cause
        raise Unavailable(f"redirects more than {MAX_REDIRECTS} times", where=url)

    def _client(self, *, loopback: bool) -> "httpx.Client":
        import httpx  # noqa: PLC0415 - as above

        if loopback not in self._clients:
            self._clients[loopback] = httpx.Client(
                timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
                follow_redirects=False,
                trust_env=not loopback,  # a proxy is for the world outside
                headers={"User-Agent": "ringfence"},
            )
        return self._clients[loopback]

    def _check_redirect(self, here: str, there: str, first_host: str) -> None:
        host = _allowed(there, come_from=here).host
        if host != first_host and host not in self.redirect_hosts:
            raise Unavailable(f"redirects to another host, {host}", where=here, mend="name that address if you trust it")

    def _body(self, answer: "httpx.Response", url: str, max_bytes: int) -> IO[bytes]:
        expected = answer.headers.get("content-length", "")
        if expected.isdigit() and int(expected[:20]) > max_bytes:
            raise LimitExceeded("bytes of one download", max_bytes, where=url)
        deadline = time.monotonic() + self.total_seconds
        promised = _promised(answer)
        file: IO[bytes] = tempfile.TemporaryFile(prefix="ringfence-")  # noqa: SIM115 - handed on open; it has no name
        with contextlib.ExitStack() as half:
            half.enter_context(file)
            try:
                taken = 0
                for chunk in answer.iter_bytes():
                    taken += len(chunk)
                    if taken > max_bytes:
                        raise LimitExceeded("bytes of one download", max_bytes, where=url)
                    if time.monotonic() > deadline:
                        raise Unavailable(f"took longer than {self.total_seconds:.0f} s", where=url, mend="try later")
                    file.write(chunk)
                    for _, sum_ in promised:
                        sum_.update(chunk)
                if any(b64encode(sum_.digest()).decode() != told for told, sum_ in promised):
                    raise _TryAgain("what came is not what the server's digest says")
            except OSError as cause:
                raise Unavailable(f"cannot be kept: {cause.strerror or cause}", where=url, mend="free disk space") from cause
            half.pop_all()
        file.seek(0)
        return file


def _allowed(url: str, come_from: str = "") -> "httpx.URL":
    import httpx  # noqa: PLC0415 - as above

    where = come_from or url
    try:
        target = httpx.URL(url)
    except httpx.InvalidURL as cause:
        raise Unavailable(f"is no valid address: {cause}", where=where, mend="correct it") from cause
    if target.scheme == "https" or (target.scheme == "http" and target.host in LOOPBACK):
        return target
    said = f"redirects to {url}, which is" if come_from else "is"
    raise Unavailable(f"{said} not https", where=where, mend="only https is used, except for this machine itself")


def _validator(answer: "httpx.Response") -> Validator:
    etag, modified = (answer.headers.get(name, "") for name in ("etag", "last-modified"))
    if not (etag + modified).isprintable() or len(etag + modified) > _MAX_VALIDATOR:
        return Validator()
    return Validator(etag=etag, modified=modified)


def _check_status(answer: "httpx.Response", url: str) -> None:
    status = answer.status_code
    if status in _PASSING:
        raise _TryAgain(f"answered with status {status}", _asked_wait(answer.headers.get("retry-after", "")))
    if status != 200:
        raise Unavailable(f"answered with status {status}", where=url, mend="check the address and your proxy")


_DIGESTS = (
    ("x-goog-hash", re.compile(r"md5=([A-Za-z0-9+/]{22}==)"), "md5"),
    ("repr-digest", re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):"), "sha256"),
)
"""Headers with a digest of the body, as Google's storage (cloud.google.com, "XML API headers") and RFC 9530 write it."""


def _promised(answer: "httpx.Response") -> "list[tuple[str, hashlib._Hash]]":
    """The digests the server gives, each with a hash to feed. None of an encoded body: they are of the stored one."""
    if answer.headers.get("content-encoding", "identity") != "identity":
        return []
    found = [(form.search(answer.headers.get(name, "")), kind) for name, form, kind in _DIGESTS]
    # MD5 here finds what a line or a disk broke; who could forge the body could forge the header.
    return [(seen[1], hashlib.new(kind, usedforsecurity=False)) for seen, kind in found if seen]


def _asked_wait(header: str) -> float:
    # RFC 9110 10.2.3 also allows a date; then the usual pause does.
    return float(header) if header.isascii() and header.isdigit() and len(header) < 8 else 0.0
