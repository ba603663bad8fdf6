"""The certificates a webhook serves: where they are kept, when they are renewed, and telling the API server whom to believe.

In a cluster they lie in a Secret, so that every replica serves by the same authority; outside, in a folder. Both are changed
only as a whole. The bundle is written into the webhook configurations before anything is signed by a new authority.
"""

import base64
import datetime as dt
import os
from dataclasses import dataclass
from typing import Protocol

from ringfence.errors import UnreadableInput
from ringfence.formats import typed_json
from ringfence.io.cluster_api import PATCH, ClusterApi, Conflict
from ringfence.trust.serving_certificates import Certificates, Pair, renewed

CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1"
_AUTHORITIES, _BUNDLE, _CERTIFICATE, _KEY = "authorities.json", "ca.crt", "tls.crt", "tls.key"
_FILES = (_AUTHORITIES, _BUNDLE, _CERTIFICATE, _KEY)


class Store(Protocol):
    """Where certificates are kept."""

    def load(self) -> tuple[Certificates, str]:
        """What is kept, and a version to be given back with `save`. Raises `UnreadableInput`, `Unavailable`."""

    def save(self, held: Certificates, version: str) -> None:
        """Keeps others. Raises `Conflict` if somebody else did so since that version, `Unavailable`."""


def _encoded(held: Certificates) -> dict[str, bytes]:
    serving = held.serving or Pair(certificate=b"", key=b"")
    return {
        _AUTHORITIES: typed_json.encode(held.authorities),
        _BUNDLE: held.bundle,
        _CERTIFICATE: serving.certificate,
        _KEY: serving.key,
    }


def _decoded(files: dict[str, bytes]) -> Certificates:
    if not files.get(_AUTHORITIES):
        return Certificates()
    authorities = typed_json.decode(files[_AUTHORITIES], tuple[Pair, ...], "list of authorities")
    own = files.get(_CERTIFICATE, b""), files.get(_KEY, b"")
    return Certificates(authorities=authorities, serving=Pair(certificate=own[0], key=own[1]) if all(own) else None)


@dataclass(frozen=True, slots=True)
class FolderStore:
    """A folder of this process's own."""

    path: str

    def load(self) -> tuple[Certificates, str]:
        """The certificates in the folder; none if it is empty."""
        found = {}
        for name in _FILES:
            try:
                with open(os.path.join(self.path, name), "rb") as file:
                    found[name] = file.read()
            except FileNotFoundError:
                continue
            except OSError as cause:
                raise UnreadableInput(cause.strerror or str(cause), where=self.path) from cause
        return _decoded(found), ""

    def save(self, held: Certificates, version: str) -> None:
        """Writes them, each beside and renamed; the list of authorities last, which is the one that is read for true."""
        del version
        try:
            os.makedirs(self.path, mode=0o700, exist_ok=True)
            for name, data in reversed(_encoded(held).items()):
                path = os.path.join(self.path, name)
                with open(os.open(f"{path}.part", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                    file.write(data)
                os.replace(f"{path}.part", path)
        except OSError as cause:
            raise UnreadableInput(f"cannot be written: {cause.strerror or cause}", where=self.path) from cause


@dataclass(frozen=True, slots=True)
class SecretStore:
    """A Secret of the cluster; its resourceVersion keeps two replicas from renewing at once."""

    api: ClusterApi
    namespace: str
    name: str

    @property
    def _path(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/secrets"

    def load(self) -> tuple[Certificates, str]:
        """The certificates in the Secret; none if it is not there."""
        found = self.api.get(f"{self._path}/{self.name}")
        if found is None:
            return Certificates(), ""
        try:
            files = {name: base64.b64decode((found.get("data") or {}).get(name, ""), validate=True) for name in _FILES}
        except (ValueError, TypeError, AttributeError) as cause:
            raise UnreadableInput("holds no base64", where=f"{self.namespace}/{self.name}") from cause
        return _decoded(files), str(found.get("metadata", {}).get("resourceVersion", ""))

    def save(self, held: Certificates, version: str) -> None:
        """Writes them as one object, whose labels stay."""
        data = {name: base64.b64encode(value).decode() for name, value in _encoded(held).items()}
        if version:
            self.api.patch(f"{self._path}/{self.name}", {"metadata": {"resourceVersion": version}, "data": data})
            return
        metadata = {"name": self.name, "namespace": self.namespace}
        value = {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": metadata, "data": data}
        self.api.create(self._path, value)


@dataclass(frozen=True, slots=True)
class Announcer:
    """Writes the bundle into the webhook configurations of one name, so that the API server believes what is served."""

    api: ClusterApi
    name: str

    def announce(self, bundle: bytes) -> int:
        """Writes it wherever another stands; how many webhooks were changed. Raises `Unavailable`, `Conflict`."""
        wanted = base64.b64encode(bundle).decode()
        changed = 0
        for kind in ("validatingwebhookconfigurations", "mutatingwebhookconfigurations"):
            path = f"{CONFIGURATIONS}/{kind}/{self.name}"
            found = self.api.get(path)
            if found is None:
                continue
            # Each change says what stands in that place, for the list may have been changed meanwhile.
            changes: list[dict[str, object]] = []
            for index, hook in enumerate(found.get("webhooks", ())):
                if hook.get("clientConfig", {}).get("caBundle") != wanted:
                    changes += [
                        {"op": "test", "path": f"/webhooks/{index}/name", "value": hook.get("name")},
                        {"op": "add", "path": f"/webhooks/{index}/clientConfig/caBundle", "value": wanted},
                    ]
            if changes:
                self.api.patch(path, changes, PATCH)
                changed += len(changes) // 2
        return changed


@dataclass(slots=True)
class Keeper:
    """Keeps certificates fresh: renews what is due, saves it, announces the bundle."""

    store: Store
    names: tuple[str, ...]
    announcer: Announcer | None = None

    def tick(self, now: dt.datetime) -> Certificates:
        """The certificates to serve from now on. Raises `UnreadableInput`, `Unavailable`."""
        held, version = self.store.load()
        wanted = renewed(held, self.names, now)
        if wanted != held:
            try:
                self.store.save(wanted, version)
            except Conflict:
                # Another replica was first: what it made is as good.
                wanted, _ = self.store.load()
        if self.announcer is not None:
            self.announcer.announce(wanted.bundle)
        return wanted
