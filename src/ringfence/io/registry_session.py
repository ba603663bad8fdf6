"""Requests to one repository of a registry: authorised if it asks for it, redirected, tried again.

Source: OCI distribution-spec 1.1; distribution's "Token Authentication Specification". What a login opens goes to the host
it was given for, and to the token service that this host names; a redirect to another host takes no authorisation along
(RFC 9110, 15.4).
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from ringfence.errors import LimitExceeded, Malformed, Unavailable
from ringfence.formats import registry_auth
from ringfence.formats.image_name import DOCKER_HUB, ImageName
from ringfence.formats.registry_auth import Login
from ringfence.io.http import ATTEMPTS, CONNECT_SECONDS, LOOPBACK, MAX_REDIRECTS, MAX_WAIT_SECONDS, READ_SECONDS

if TYPE_CHECKING:
    import httpx

MAX_TOKEN_BYTES = 256 * 1024
"""Bytes of a token service's answer."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_TAKES_NO_BODY = frozenset({"GET", "HEAD"})

_T = TypeVar("_T")


class TryAgain(Exception):
    """It may work in a moment; the registry asks for `wait` seconds."""

    def __init__(self, why: str, wait: float = 0.0) -> None:
        super().__init__(why)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `body` makes it anew for each attempt; `statuses` are answers the caller deals with besides success."""

    url: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: Callable[[], bytes | Iterable[bytes]] | None = None
    statuses: frozenset[int] = frozenset()


@dataclass(slots=True)
class RegistrySession:
    """One repository. `login` is asked once, and only if the registry wants one. Use `close` at the end.

    `actions` are what a token is asked for: no more than what is going to be done. Where the user's configuration calls the
    registry insecure it may be asked with any certificate (`unverified`), or without TLS (`plain`).
    """

    name: ImageName
    login: Callable[[], Login | None]
    sleep: Callable[[float], None] = time.sleep
    actions: str = "pull"
    unverified: bool = False
    plain: bool = False
    _authorisation: str = ""
    _clients: "dict[tuple[bool, bool], httpx.Client]" = field(default_factory=dict)

    def close(self) -> None:
        """Closes the connections."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    @property
    def host(self) -> str:
        """The host that is asked."""
        return "registry-1.docker.io" if self.name.host == DOCKER_HUB else self.name.host

    @property
    def base(self) -> str:
        """Where the repository's paths begin."""
        bare = self.host.rpartition(":")[0] or self.host
        scheme = "http" if self.plain or bare.strip("[]") in LOOPBACK else "https"
        return f"{scheme}://{self.host}/v2/{self.name.path}"

    def retried(self, work: Callable[[], _T]) -> _T:
        """`work`, again while it raises `TryAgain`. Raises `Unavailable` after the last attempt."""
        wait = 0.5
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return work()
            except TryAgain as cause:
                if attempt == ATTEMPTS:
                    why = f"{cause} ({ATTEMPTS} attempts)"
                    raise Unavailable(why, where=str(self.name), mend="try later") from cause
                self.sleep(min(max(wait, cause.wait), MAX_WAIT_SECONDS))
                wait *= 2
        raise AssertionError("unreachable: the last attempt returns or raises")

    def small(self, request: Request, limit: int) -> bytes | None:
        """A body of at most `limit` bytes; None for one of the request's `statuses`. Raises `TryAgain`, `Unavailable`."""
        with self.answer(request) as answer:
            if answer.status_code in request.statuses:
                return None
            if answer.status_code != 200:
                raise Unavailable(f"answered with status {answer.status_code}", where=str(self.name), mend="check the name")
            return limited(answer, limit, str(self.name))

    @contextmanager
    def answer(self, request: Request) -> "Iterator[httpx.Response]":
        """The answer to a request, authorised if it must be, redirects followed. Raises `TryAgain`, `Unavailable`."""
        import httpx  # noqa: PLC0415 - 40 ms that only a run with network needs

        url, challenged = request.url, False
        # Wherever an upload's address leads, what a login opens goes to the registry's own host alone.
        origin = self._origin(self.base)
        try:
            for _ in range(MAX_REDIRECTS + 2):
                own = self._origin(url) == origin
                sent = dict(request.headers)
                if self._authorisation and own:
                    sent["Authorization"] = self._authorisation
                content = request.body() if request.body is not None else None
                with self._client(url).stream(request.method, url, headers=sent, content=content) as answer:
                    status = answer.status_code
                    if status == 401 and not challenged and own:
                        challenged = True
                        self._authorise(answer.headers.get("www-authenticate", ""))
                    elif status in _REDIRECTS and (request.method in _TAKES_NO_BODY or status in (307, 308)):
                        url = self.joined(url, answer.headers.get("location", ""))
                    elif status in request.statuses:
                        yield answer
                        return
                    else:
                        self._judge(status, answer.headers.get("retry-after", ""))
                        yield answer
                        return
        except (httpx.TransportError, httpx.DecodingError) as cause:
            raise TryAgain(str(cause) or type(cause).__name__) from cause
        raise Unavailable(f"redirects more than {MAX_REDIRECTS} times", where=str(self.name))

    def joined(self, url: str, location: str) -> str:
        """Where `location` in an answer of `url` leads. Raises `Unavailable` if that is nowhere we go."""
        import httpx  # noqa: PLC0415 - as above

        try:
            target = str(httpx.URL(url).join(location))
        except httpx.InvalidURL as cause:
            raise Unavailable(f"redirects to no valid address: {cause}", where=str(self.name)) from cause
        self._origin(target)
        return target

    def _judge(self, status: int, retry_after: str) -> None:
        if status in _PASSING:
            raise TryAgain(f"answered with status {status}", _asked_wait(retry_after))
        if status in (401, 403):
            raise Unavailable("refuses us this image", where=str(self.name), mend="log in: podman login HOST")
        if status == 404:
            raise Unavailable("has no such image", where=str(self.name), mend="check the name and tag")

    def _authorise(self, header: str) -> None:
        try:
            challenge = registry_auth.parse_challenge(header)
        except Malformed as cause:
            raise Unavailable(f"asks for a login in no way we know: {cause.wrong}", where=str(self.name)) from cause
        login = self.login()
        if challenge.scheme == "basic":
            if login is None:
                raise Unavailable("wants a login", where=str(self.name), mend=f"podman login {self.name.host}")
            self._authorisation = login.basic
            return
        self._authorisation = f"Bearer {self._token(challenge.realm, challenge.service, login)}"

    def _token(self, realm: str, service: str, login: Login | None) -> str:
        """Our own scope, whatever the challenge says: a registry shall not make us ask for more than what we do."""
        import httpx  # noqa: PLC0415 - as above

        self._origin(realm)
        asked = {"service": service, "scope": f"repository:{self.name.path}:{self.actions}"}
        client = self._client(realm)
        if login is not None and login.identity_token:
            form = {**asked, "grant_type": "refresh_token", "refresh_token": login.identity_token, "client_id": "ringfence"}
            request = client.build_request("POST", realm, data=form)
        else:
            headers = {"Authorization": login.basic} if login is not None else {}
            request = client.build_request("GET", httpx.URL(realm).copy_merge_params(asked), headers=headers)
        answer = client.send(request, stream=True)
        try:
            if answer.status_code in _PASSING:
                raise TryAgain(f"its token service answered with status {answer.status_code}")
            if answer.status_code != 200:
                mend = f"log in again: podman login {self.name.host}"
                raise Unavailable("its token service refuses us", where=str(self.name), mend=mend)
            return registry_auth.parse_token(limited(answer, MAX_TOKEN_BYTES, str(self.name)))
        finally:
            answer.close()

    def _origin(self, url: str) -> tuple[str, str, int | None]:
        return origin_of(url, str(self.name), plain=self.host if self.plain else "")

    def _client(self, url: str) -> "httpx.Client":
        import httpx  # noqa: PLC0415 - as above

        target = httpx.URL(url)
        loopback, own = target.host in LOOPBACK, target.netloc.decode("ascii") == self.host
        if (loopback, own) not in self._clients:
            self._clients[loopback, own] = httpx.Client(
                timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
                follow_redirects=False,
                trust_env=not loopback,  # a proxy is for the world outside
                verify=not (self.unverified and own),
                headers={"User-Agent": "ringfence", "Accept-Encoding": "identity"},
            )
        return self._clients[loopback, own]


def limited(answer: "httpx.Response", limit: int, where: str) -> bytes:
    """The body of an answer. Raises `LimitExceeded` past `limit` bytes."""
    data = bytearray()
    for chunk in answer.iter_bytes():
        data += chunk
        if len(data) > limit:
            raise LimitExceeded("bytes of one document of a registry", limit, where=where)
    return bytes(data)


def origin_of(url: str, where: str, plain: str = "") -> tuple[str, str, int | None]:
    """Scheme, host and port. Raises `Unavailable` for an address that is not https, except on this machine.

    `plain` is a host (with its port) that the user's configuration allows to be asked without TLS.
    """
    import httpx  # noqa: PLC0415 - as above

    try:
        target = httpx.URL(url)
    except httpx.InvalidURL as cause:
        raise Unavailable(f"names no valid address: {cause}", where=where) from cause
    allowed = target.host in LOOPBACK or target.netloc.decode("ascii") == plain
    if target.scheme != "https" and not (target.scheme == "http" and allowed):
        raise Unavailable("sends us to an address that is not https", where=where, mend="only https is used, except locally")
    return target.scheme, target.host, target.port


def _asked_wait(header: str) -> float:
    return float(header) if header.isascii() and header.isdigit() and len(header) < 8 else 0.0
