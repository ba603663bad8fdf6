"""An OCI registry, read: manifests and blobs of one image, each checked against its digest.

Source: OCI distribution-spec 1.1, "Pulling manifests" and "Pulling blobs"; distribution's "Token Authentication
Specification". What a login opens is sent to the host it was given for, and to the token service that this host names;
a redirect to another host takes no authorisation along (RFC 9110, 15.4).
"""

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, TypeVar

from ringfence.errors import LimitExceeded, Malformed, Unavailable
from ringfence.formats import registry_auth
from ringfence.formats.image_name import DOCKER_HUB, ImageName
from ringfence.formats.registry_auth import Login
from ringfence.io.http import ATTEMPTS, CONNECT_SECONDS, LOOPBACK, MAX_REDIRECTS, MAX_WAIT_SECONDS, READ_SECONDS

if TYPE_CHECKING:
    import httpx

MAX_MANIFEST_BYTES = 4 * 1024 * 1024
"""Bytes of a manifest; registries accept no larger ones (distribution-spec, "Pushing Manifests")."""
MAX_TOKEN_BYTES = 256 * 1024
"""Bytes of a token service's answer."""
MAX_BLOB_BYTES = 64 * 1024**3
"""Bytes of one layer as stored."""
SLOWEST = 16 * 1024
"""Bytes a second below which a download is given up, after the first `PATIENCE_SECONDS`."""
PATIENCE_SECONDS = 60.0

ACCEPTED = (
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json"
)
"""The documents we can read."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


_T = TypeVar("_T")


class _TryAgain(Exception):
    """It may work in a moment; the registry asks for `wait` seconds."""

    def __init__(self, why: str, wait: float = 0.0) -> None:
        super().__init__(why)
        self.wait = wait


@dataclass(slots=True)
class Registry:
    """One repository of a registry. `login` is asked once, and only if the registry wants one. Use `close` at the end."""

    name: ImageName
    login: Callable[[], Login | None]
    sleep: Callable[[float], None] = time.sleep
    _authorisation: str = ""
    _clients: "dict[bool, httpx.Client]" = field(default_factory=dict)

    def manifest(self, version: str) -> bytes:
        """The manifest or index under a tag or digest; by digest it is checked. Raises `Unavailable`, `LimitExceeded`."""
        data = self._retried(lambda: self._small(f"{self._base}/manifests/{version}", MAX_MANIFEST_BYTES))
        if version.startswith("sha256:") and f"sha256:{hashlib.sha256(data).hexdigest()}" != version:
            raise Unavailable("gave a manifest that is not what its digest says", where=str(self.name), mend=_TAMPERED)
        return data

    def document(self, digest: str) -> bytes:
        """A small blob (a configuration), as it came. Raises as `manifest`."""
        return self._retried(lambda: self._small(f"{self._base}/blobs/{digest}", MAX_MANIFEST_BYTES * 4))

    def blob(self, digest: str, size: int) -> IO[bytes]:
        """A layer in a nameless temporary file, taken up again where a connection broke.

        Its content is not checked here: who reads it hashes it. Raises `Unavailable`, or `LimitExceeded` for a body longer
        than `size`, the number of bytes that the manifest says.
        """
        if size > MAX_BLOB_BYTES:
            raise LimitExceeded("bytes of one layer as stored", MAX_BLOB_BYTES, where=str(self.name))
        file: IO[bytes] = tempfile.TemporaryFile(prefix="ringfence-")  # noqa: SIM115 - handed on open; it has no name
        try:
            self._retried(lambda: self._more(f"{self._base}/blobs/{digest}", file, size))
        except BaseException:  # whatever it was goes on; only what was opened is let go of
            file.close()
            raise
        return file

    def close(self) -> None:
        """Closes the connections."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    @property
    def _host(self) -> str:
        return "registry-1.docker.io" if self.name.host == DOCKER_HUB else self.name.host

    @property
    def _base(self) -> str:
        plain = self._host.rpartition(":")[0] or self._host
        scheme = "http" if plain.strip("[]") in LOOPBACK else "https"
        return f"{scheme}://{self._host}/v2/{self.name.path}"

    def _retried(self, work: Callable[[], _T]) -> _T:
        wait = 0.5
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return work()
            except _TryAgain as cause:
                if attempt == ATTEMPTS:
                    why = f"{cause} ({ATTEMPTS} attempts)"
                    raise Unavailable(why, where=str(self.name), mend="try later") from cause
                self.sleep(min(max(wait, cause.wait), MAX_WAIT_SECONDS))
                wait *= 2
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _small(self, url: str, limit: int) -> bytes:
        with self._answer(url, {"Accept": ACCEPTED}) as answer:
            if answer.status_code != 200:
                raise Unavailable(f"answered with status {answer.status_code}", where=str(self.name), mend="check the name")
            return _limited(answer, limit, str(self.name))

    def _more(self, url: str, file: IO[bytes], size: int) -> None:
        """Adds to what is there until it has `size` bytes."""
        there = file.seek(0, os.SEEK_END)
        if there >= size:
            return
        with self._answer(url, {"Range": f"bytes={there}-"} if there else {}) as answer:
            if answer.status_code not in (200, 206):
                raise Unavailable(f"answered with status {answer.status_code}", where=str(self.name), mend="check the name")
            if answer.status_code == 200:  # it has no ranges: from the start again
                there = file.seek(0)
                file.truncate()
            begin = time.monotonic()
            for chunk in answer.iter_raw(1024 * 1024):
                there += len(chunk)
                if there > size:
                    raise LimitExceeded("bytes of a layer by its manifest", size, where=str(self.name))
                spent = time.monotonic() - begin
                if spent > PATIENCE_SECONDS and there < (spent - PATIENCE_SECONDS) * SLOWEST:
                    raise Unavailable(f"sends less than {SLOWEST:,} bytes a second", where=str(self.name), mend="try later")
                file.write(chunk)
        if there < size:
            raise _TryAgain(f"sent {there:,} of {size:,} bytes of a layer")

    @contextmanager
    def _answer(self, url: str, headers: dict[str, str]) -> "Iterator[httpx.Response]":
        """The answer to one GET, authorised if it must be, redirects followed. Raises `_TryAgain`, `Unavailable`."""
        import httpx  # noqa: PLC0415 - 40 ms that only a run with network needs

        origin, challenged = _origin(url, str(self.name)), False
        try:
            for _ in range(MAX_REDIRECTS + 2):
                sent = dict(headers)
                if self._authorisation and _origin(url, str(self.name)) == origin:
                    sent["Authorization"] = self._authorisation
                with self._client(url).stream("GET", url, headers=sent) as answer:
                    status = answer.status_code
                    if status == 401 and not challenged and _origin(url, str(self.name)) == origin:
                        challenged = True
                        self._authorise(answer.headers.get("www-authenticate", ""))
                    elif status in _REDIRECTS:
                        url = str(httpx.URL(url).join(answer.headers.get("location", "")))
                        _origin(url, str(self.name))
                    elif status in _PASSING:
                        raise _TryAgain(f"answered with status {status}", _asked_wait(answer.headers.get("retry-after", "")))
                    elif status in (401, 403):
                        raise Unavailable("refuses us this image", where=str(self.name), mend="log in: podman login HOST")
                    elif status == 404:
                        raise Unavailable("has no such image", where=str(self.name), mend="check the name and tag")
                    else:
                        yield answer
                        return
        except (httpx.TransportError, httpx.DecodingError) as cause:
            raise _TryAgain(str(cause) or type(cause).__name__) from cause
        except httpx.InvalidURL as cause:
            raise Unavailable(f"redirects to no valid address: {cause}", where=str(self.name)) from cause
        raise Unavailable(f"redirects more than {MAX_REDIRECTS} times", where=str(self.name))

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
        """Our own scope, whatever the challenge says: a registry shall not make us ask for more than to pull this."""
        import httpx  # noqa: PLC0415 - as above

        _origin(realm, str(self.name))
        asked = {"service": service, "scope": f"repository:{self.name.path}:pull"}
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
                raise _TryAgain(f"its token service answered with status {answer.status_code}")
            if answer.status_code != 200:
                mend = f"log in again: podman login {self.name.host}"
                raise Unavailable("its token service refuses us", where=str(self.name), mend=mend)
            return registry_auth.parse_token(_limited(answer, MAX_TOKEN_BYTES, str(self.name)))
        finally:
            answer.close()

    def _client(self, url: str) -> "httpx.Client":
        import httpx  # noqa: PLC0415 - as above

        loopback = httpx.URL(url).host in LOOPBACK
        if loopback not in self._clients:
            self._clients[loopback] = httpx.Client(
                timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
                follow_redirects=False,
                trust_env=not loopback,  # a proxy is for the world outside
                headers={"User-Agent": "ringfence", "Accept-Encoding": "identity"},
            )
        return self._clients[loopback]


_TAMPERED = "it is damaged or was tampered with: try again, or ask who runs the registry"


def _limited(answer: "httpx.Response", limit: int, where: str) -> bytes:
    data = bytearray()
    for chunk in answer.iter_bytes():
        data += chunk
        if len(data) > limit:
            raise LimitExceeded("bytes of one document of a registry", limit, where=where)
    return bytes(data)


def _origin(url: str, where: str) -> tuple[str, str, int | None]:
    """Scheme, host and port. Raises `Unavailable` for an address that is not https, except on this machine."""
    import httpx  # noqa: PLC0415 - as above

    try:
        target = httpx.URL(url)
    except httpx.InvalidURL as cause:
        raise Unavailable(f"names no valid address: {cause}", where=where) from cause
    if target.scheme != "https" and not (target.scheme == "http" and target.host in LOOPBACK):
        raise Unavailable("sends us to an address that is not https", where=where, mend="only https is used, except locally")
    return target.scheme, target.host, target.port


def _asked_wait(header: str) -> float:
    return float(header) if header.isascii() and header.isdigit() and len(header) < 8 else 0.0
