"""The API of a cluster, as far as a server inside of it needs: single objects read, made, changed.

Thin on purpose: one pooled client, JSON in and out, the token read again for every request because it is rotated.
Source: kubernetes.io "Accessing the Kubernetes API from a Pod"; Kubernetes API reference, `meta/v1` Status.
"""

import json
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ringfence.errors import Unavailable
from ringfence.io import named_file

if TYPE_CHECKING:
    import httpx

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
"""Where a pod finds its token and the API server's authority."""
MAX_TOKEN = 64 * 1024
"""Bytes of a token."""
MAX_BYTES = 8 * 1024 * 1024
"""Bytes of one answer."""
SECONDS = 5.0
"""How long one request may take."""
MERGE = "application/merge-patch+json"
PATCH = "application/json-patch+json"

Object = dict[str, Any]


class Conflict(Unavailable):
    """Somebody else changed the object meanwhile, or made it: read it again."""


@dataclass(slots=True)
class ClusterApi:
    """One cluster. `authority` is a file of certificates, `token` a file; both may be empty for a server in tests."""

    url: str
    authority: str = ""
    token: str = ""
    _client: "httpx.Client | None" = field(default=None)

    def get(self, path: str) -> Object | None:
        """An object; None if there is none. Raises `Unavailable`."""
        return self._asked("GET", path, None, "", missing=True)

    def create(self, path: str, value: Mapping[str, object]) -> Object:
        """Makes an object in the collection at `path`. Raises `Conflict` if it is there, `Unavailable`."""
        return self._asked("POST", path, value, "application/json") or {}

    def patch(self, path: str, value: object, media_type: str = MERGE) -> Object:
        """Changes an object. Raises `Conflict` where its resourceVersion is not the newest or a `test` fails."""
        return self._asked("PATCH", path, value, media_type) or {}

    def _asked(self, method: str, path: str, value: object, media_type: str, *, missing: bool = False) -> Object | None:
        import httpx  # noqa: PLC0415 - it takes longer to load than a command to start

        headers = {"Accept": "application/json"}
        if media_type:
            headers["Content-Type"] = media_type
        if self.token:
            headers["Authorization"] = f"Bearer {named_file.read(self.token, MAX_TOKEN).decode('ascii', 'replace').strip()}"
        body = None if value is None else json.dumps(value).encode()
        try:
            with self._pool().stream(method, f"{self.url}{path}", content=body, headers=headers) as answer:
                data = b""
                for piece in answer.iter_bytes():
                    data += piece
                    if len(data) > MAX_BYTES:
                        raise Unavailable(f"gives more than {MAX_BYTES:,} bytes", where=f"{self.url}{path}")
        except httpx.HTTPError as cause:
            mend = "see whether the API server can be reached, and its authority is the one given"
            raise Unavailable(str(cause) or type(cause).__name__, where=f"{self.url}{path}", mend=mend) from cause
        if missing and answer.status_code == 404:
            return None
        return self._read(answer.status_code, data, path)

    def _read(self, status: int, data: bytes, path: str) -> Object:
        try:
            found = json.loads(data) if data else {}
        except (ValueError, RecursionError) as cause:
            raise Unavailable("gives no JSON", where=f"{self.url}{path}") from cause
        if not isinstance(found, dict):
            raise Unavailable("gives no object", where=f"{self.url}{path}")
        if status in (409, 422):
            raise Conflict(str(found.get("message", "conflict"))[:500], where=path)
        if not 200 <= status < 300:
            said = str(found.get("message", f"status {status}"))[:500]
            raise Unavailable(said, where=f"{self.url}{path}", mend="see the role of the service account")
        return found

    def _pool(self) -> "httpx.Client":
        import httpx  # noqa: PLC0415 - see above

        if self._client is None:
            context: ssl.SSLContext | bool = True
            if self.authority:
                try:
                    context = ssl.create_default_context(cafile=self.authority)
                except (OSError, ssl.SSLError) as cause:
                    raise Unavailable("is no file of certificates", where=self.authority) from cause
            self._client = httpx.Client(timeout=SECONDS, verify=context, trust_env=False, follow_redirects=False)
        return self._client

    def close(self) -> None:
        """Closes the connections."""
        if self._client is not None:
            self._client.close()
            self._client = None


def of_this_pod() -> ClusterApi | None:
    """The cluster that this process runs in; None outside of one."""
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST", ""), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    token = os.path.join(ACCOUNT, "token")
    if not host or not os.path.exists(token):
        return None
    shown = f"[{host}]" if ":" in host else host
    return ClusterApi(f"https://{shown}:{port}", os.path.join(ACCOUNT, "ca.crt"), token)
