"""Where npm and Yarn look for packages: .npmrc and .yarnrc.yml.

Sources: docs.npmjs.com ".npmrc" (`registry=`, `@scope:registry=`); yarnpkg.com "Settings" (npmRegistryServer, npmScopes).
"""

import msgspec

from ringfence.formats import typed_yaml
from ringfence.formats.declared import Registry, limited, line_of
from ringfence.formats.url import without_secret


class _Scope(msgspec.Struct, rename={"server": "npmRegistryServer"}):
    server: str = ""


class _Yarn(msgspec.Struct, rename={"server": "npmRegistryServer", "scopes": "npmScopes"}):
    server: str = ""
    scopes: dict[str, _Scope] = {}


def parse(data: bytes) -> tuple[Registry, ...]:
    """The registries of an .npmrc; nothing of its credentials is kept. Raises `LimitExceeded`."""
    found: list[Registry] = []
    for number, line in enumerate(limited(data, ".npmrc").decode("utf-8", "replace").splitlines(), 1):
        key, equals, value = (part.strip() for part in line.partition("="))
        if not equals or key.startswith(("#", ";")):
            continue
        url = without_secret(value.strip("\"'"))
        if key == "registry":
            found.append(Registry(kind="index", url=url, line=number))
        elif key.startswith("@") and key.endswith(":registry"):
            found.append(Registry(kind="scope", url=url, scope=key.removesuffix(":registry"), line=number))
        elif key == "strict-ssl" and value == "false":
            found.append(Registry(kind="trusted-host", url="every registry", line=number))
    return tuple(found)


def parse_yarn(data: bytes) -> tuple[Registry, ...]:
    """The registries of a .yarnrc.yml. Raises `Malformed`, `LimitExceeded`."""
    document = typed_yaml.decode(limited(data, ".yarnrc.yml"), _Yarn, ".yarnrc.yml").document
    text = data.decode("utf-8", "replace")
    found: list[Registry] = []
    if document.server:
        found.append(Registry(kind="index", url=without_secret(document.server), line=line_of(text, document.server)))
    for name, scope in document.scopes.items():
        if scope.server:
            url = without_secret(scope.server)
            found.append(Registry(kind="scope", url=url, scope=f"@{name}", line=line_of(text, scope.server)))
    return tuple(found)
