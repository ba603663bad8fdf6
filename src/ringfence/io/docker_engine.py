"""The Docker Engine API over its Unix socket: whether there is an image, and the archive of it.

Source: Docker Engine API v1.41, `GET /images/{name}/json` and `GET /images/{name}/get`; `DOCKER_HOST` as docker(1) has it.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringfence.errors import LimitExceeded, Unavailable, WrongUsage
from ringfence.io.http import READ_SECONDS

if TYPE_CHECKING:
    import httpx

SOCKET = "/var/run/docker.sock"
CONNECT_SECONDS = 5.0
"""How long a daemon may take to accept a connection."""
MAX_ARCHIVE_BYTES = 256 * 1024**3
"""Bytes of one image's archive; its layers come uncompressed."""
MAX_NAME = 1_000
"""Characters of an image's name."""


def socket_path(environment: Mapping[str, str]) -> str:
    """Where the daemon listens. Raises `WrongUsage` for one of another host: its images are not this host's."""
    host = environment.get("DOCKER_HOST", "")
    if host and not host.startswith("unix://"):
        mend = "read the image from its registry (docker://NAME), or unset DOCKER_HOST"
        raise WrongUsage("is not a Unix socket of this host", where=f"DOCKER_HOST={host[:200]}", mend=mend)
    return host.removeprefix("unix://") or SOCKET


@dataclass(frozen=True, slots=True)
class DockerEngine:
    """A daemon by the path of its socket. Everything raises `Unavailable` if it does not answer."""

    socket: str

    def has_image(self, name: str) -> bool:
        """Whether it has an image of this name or id."""
        with self._answer(f"/images/{_quoted(name)}/json") as answer:
            if answer.status_code not in (200, 404):
                raise Unavailable(f"answered with status {answer.status_code}", where=self.socket)
            return answer.status_code == 200

    @contextmanager
    def saved(self, name: str) -> Iterator[str]:
        """A path at which the image's archive can be read inside the block; it has no other name.

        Raises `LimitExceeded` for an archive without end.
        """
        with tempfile.TemporaryFile(prefix="ringfence-") as file:
            with self._answer(f"/images/{_quoted(name)}/get") as answer:
                if answer.status_code != 200:
                    raise Unavailable(f"answered with status {answer.status_code}", where=self.socket)
                taken = 0
                for chunk in answer.iter_raw(1024 * 1024):
                    taken += len(chunk)
                    if taken > MAX_ARCHIVE_BYTES:
                        raise LimitExceeded("bytes of an image's archive", MAX_ARCHIVE_BYTES, where=self.socket)
                    file.write(chunk)
            file.flush()
            yield f"/proc/self/fd/{file.fileno()}"

    @contextmanager
    def _answer(self, path: str) -> "Iterator[httpx.Response]":
        import httpx  # noqa: PLC0415 - 40 ms that only this needs

        mend = "start the daemon; run as root or as a member of its group (docker)"
        if not os.path.exists(self.socket):
            raise Unavailable("there is no Docker daemon", where=self.socket, mend=mend)
        timeout = httpx.Timeout(READ_SECONDS * 4, connect=CONNECT_SECONDS)
        try:
            with (
                httpx.Client(transport=httpx.HTTPTransport(uds=self.socket), timeout=timeout, trust_env=False) as client,
                client.stream("GET", f"http://docker{path}", headers={"Accept-Encoding": "identity"}) as answer,
            ):
                yield answer
        except httpx.HTTPError as cause:
            why = str(cause) or type(cause).__name__
            raise Unavailable(f"the Docker daemon does not answer: {why}", where=self.socket, mend=mend) from cause
        except OSError as cause:
            raise Unavailable(
                f"cannot be kept: {cause.strerror or cause}", where=self.socket, mend="free disk space"
            ) from cause


def _quoted(name: str) -> str:
    """The name as one path: everything but what names of images are made of is written as `%XX`."""
    kept = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/:@"
    if not name or len(name) > MAX_NAME or any(part in ("", ".", "..") for part in name.split("/")):
        raise WrongUsage("is no name of an image", where=name[:100], mend="see 'docker images'")
    return "".join(char if char in kept else "".join(f"%{byte:02X}" for byte in char.encode()) for char in name)
