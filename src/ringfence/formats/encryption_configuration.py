"""How the API server encrypts what it stores in etcd: `apiserver.config.k8s.io/v1` EncryptionConfiguration.

Keys never leave this module. Source: kubernetes.io "Encrypting Confidential Data at Rest".
"""

from collections.abc import Iterator

from ringfence.formats.document_tree import TEMPLATE, Cursor
from ringfence.model.fact import Fact
from ringfence.model.location import Location


class EncryptionProvider(Fact):
    """A way of encrypting: `kind` is `identity`, `aescbc`, `aesgcm`, `secretbox` or `kms`; `keys` counts those written here.

    `version` is kms's (`v1` or `v2`).
    """

    kind: str
    keys: int = 0
    version: str = ""
    at: Location = Location()


class EncryptedResources(Fact):
    """Resources with their providers, the first of which writes. `unread` says that something is a template still."""

    resources: tuple[str, ...]
    providers: tuple[EncryptionProvider, ...] = ()
    unread: bool = False
    at: Location = Location()

    @property
    def has_secrets(self) -> bool:
        """Whether Secrets are among the resources."""
        return any(name in ("secrets", "*.", "*.*") for name in self.resources)


class EncryptionConfiguration(Fact):
    """The whole configuration."""

    groups: tuple[EncryptedResources, ...] = ()
    at: Location = Location()


def encryption_configuration(here: Cursor) -> EncryptionConfiguration:
    """The configuration at `here`. Raises `Malformed` for a field of the wrong form."""
    listed = here.get("resources")
    groups = () if listed.templated else tuple(_group(item) for item in listed.items())
    return EncryptionConfiguration(groups=groups, at=here.at)


def _group(here: Cursor) -> EncryptedResources:
    resources, providers = here.get("resources"), here.get("providers")
    unread = resources.templated or providers.templated
    names = () if resources.templated else resources.texts()
    return EncryptedResources(
        resources=names,
        providers=() if providers.templated else tuple(_providers(providers)),
        unread=unread or any(TEMPLATE in name for name in names),
        at=here.at,
    )


def _providers(listed: Cursor) -> Iterator[EncryptionProvider]:
    for item in listed.items():
        for kind, body in item.entries():
            keys = 0 if kind in ("identity", "kms") or body.templated else len(body.get("keys").items())
            version = body.get("apiVersion").text("v1") if kind == "kms" and not body.templated else ""
            yield EncryptionProvider(kind=kind, keys=keys, version=version, at=item.at)
