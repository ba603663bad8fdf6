"""An OCI registry, written: blobs and manifests of one repository.

Source: OCI distribution-spec 1.1, "Pushing a blob monolithically" (POST, then PUT to the session's address), "Pushing
Manifests", "Pushing Manifests with Subject". A blob that is there is not sent again; an upload that broke begins anew.
"""

import hashlib
from collections.abc import Callable, Iterator

from ringfence.errors import Unavailable
from ringfence.io.registry import CHUNK, Registry
from ringfence.io.registry_session import Request, TryAgain

Chunks = Callable[[], Iterator[bytes]]
PUSH = "pull,push"
"""What a token is asked for to write."""
_ABSENT = frozenset({404})
_REFUSED = frozenset({400, 404, 405, 411, 413, 415, 416, 422})


class WritableRegistry(Registry):
    """One repository of a registry, to read and write. Made with `actions=PUSH`."""

    __slots__ = ()

    def has(self, digest: str) -> bool:
        """Whether the repository has this blob. Raises `Unavailable`."""

        def asked() -> bool:
            with self.answer(Request(f"{self.base}/blobs/{digest}", "HEAD", statuses=_ABSENT)) as answer:
                return answer.status_code == 200

        return self.retried(asked)

    def put(self, data: bytes) -> str:
        """Stores a small blob; gives its digest. Raises `Unavailable`."""
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        self.put_blob(digest, len(data), lambda: iter((data,)))
        return digest

    def put_file(self, path: str, digest: str, size: int) -> None:
        """Stores what a file holds as the blob `digest`. Raises `Unavailable`."""

        def chunks() -> Iterator[bytes]:
            with open(path, "rb") as file:
                while chunk := file.read(CHUNK):
                    yield chunk

        self.put_blob(digest, size, chunks)

    def put_blob(self, digest: str, size: int, chunks: Chunks) -> None:
        """Stores a blob unless it is there; `chunks` gives it from its start at each attempt. Raises `Unavailable`."""
        if not self.has(digest):
            self.retried(lambda: self._upload(digest, size, chunks))

    def _upload(self, digest: str, size: int, chunks: Chunks) -> None:
        begin = f"{self.base}/blobs/uploads/"
        opening = Request(begin, "POST", headers={"Content-Length": "0"}, body=lambda: b"", statuses=_REFUSED)
        with self.answer(opening) as answer:
            if answer.status_code not in (201, 202):
                raise self._not_taken("a new blob", answer.status_code)
            session = self.joined(begin, answer.headers.get("location", ""))
        session += f"{'&' if '?' in session else '?'}digest={digest}"
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        with self.answer(Request(session, "PUT", headers, chunks, _REFUSED)) as answer:
            if answer.status_code == 404:
                raise TryAgain("its upload session is gone")
            if answer.status_code not in (201, 204):
                raise self._not_taken(f"the blob {digest[:19]}…", answer.status_code)

    def put_manifest(self, data: bytes, media_type: str, tag: str = "") -> bool:
        """Stores a manifest under its digest, or under a tag. Gives whether the registry lists it as a referrer itself.

        Raises `Unavailable`.
        """
        version = tag or f"sha256:{hashlib.sha256(data).hexdigest()}"
        headers = {"Content-Type": media_type}
        request = Request(f"{self.base}/manifests/{version}", "PUT", headers, lambda: data, _REFUSED)

        def sent() -> bool:
            with self.answer(request) as answer:
                if answer.status_code not in (200, 201, 202):
                    raise self._not_taken(f"the manifest {version[:80]}", answer.status_code)
                return bool(answer.headers.get("oci-subject"))

        return self.retried(sent)

    def _not_taken(self, what: str, status: int) -> Unavailable:
        wrong = f"does not take {what} (status {status})"
        return Unavailable(wrong, where=str(self.name), mend="ask who runs it whether you may push, and what it stores")
