"""composer.lock and composer.json. Source: getcomposer.org "The composer.json schema", and the files Composer writes."""

import msgspec

from ringfence.formats import typed_json
from ringfence.formats.declared import Declared, Project, Registry, limited, line_of
from ringfence.formats.locked import Locked, LockedPackage, Need, locked
from ringfence.formats.url import without_secret

_FORM = "composer.lock"


class _Place(msgspec.Struct):
    type: str = ""
    url: str = ""
    reference: str | None = ""
    shasum: str | None = ""


class _Package(msgspec.Struct):
    name: str
    version: str = ""
    source: _Place | None = None
    dist: _Place | None = None
    require: dict[str, str] | list[object] = {}
    abandoned: bool | str = False


class _Lock(msgspec.Struct, rename={"development": "packages-dev"}):
    packages: list[_Package] = []
    development: list[_Package] | None = None


class _Json(msgspec.Struct, rename={"development": "require-dev"}):
    name: str = ""
    require: dict[str, str] | list[object] = {}
    development: dict[str, str] | list[object] = {}
    repositories: object = None


def parse_lock(data: bytes) -> Locked:
    """The packages in file order. Raises `Malformed`, `LimitExceeded`."""
    lock = typed_json.decode(data, _Lock, _FORM)
    text = data.decode("utf-8", "replace") if len(data) < 2_000_000 else ""
    sections = ((lock.packages, False), (lock.development or [], True))
    return locked(_locked(item, dev, text) for items, dev in sections for item in items)


def _locked(item: _Package, dev: bool, text: str) -> LockedPackage:
    dist, source = item.dist or _Place(), item.source or _Place()
    branch = item.version.startswith("dev-") or item.version.endswith("-dev")
    kind = "path" if dist.type == "path" else "git" if branch else "registry"
    commit = source.reference or dist.reference or ""
    return LockedPackage(
        name=item.name.lower(),
        version="" if branch else item.version.removeprefix("v"),
        line=line_of(text, f'"name": "{item.name}"'),
        source=kind,
        url=without_secret(source.url or dist.url),
        reference=commit if branch else "",
        # Packagist gives no hash of GitHub's archives, but the commit they are made of.
        hashed=bool(dist.shasum or commit),
        dev=dev,
        key=item.name.lower(),
        needs=tuple(Need(key=name.lower(), specifier=range_) for name, range_ in _names(item.require).items()),
        withdrawn=_abandoned(item.abandoned),
    )


def _abandoned(said: bool | str) -> str:
    return (
        f"abandoned; its publisher names {said} instead" if isinstance(said, str) and said else "abandoned" if said else ""
    )


def _names(value: dict[str, str] | list[object]) -> dict[str, str]:
    """PHP writes an empty table as a list; what has no slash is PHP itself or one of its extensions."""
    return {name: text for name, text in value.items() if "/" in name} if isinstance(value, dict) else {}


def parse(data: bytes) -> Project:
    """What a composer.json declares. Raises `Malformed`, `LimitExceeded`."""
    document = typed_json.decode(limited(data, "composer.json"), _Json, "composer.json")
    text = data.decode("utf-8", "replace")
    asks = tuple(
        Declared(name=name.lower(), specifier=range_, group=group, dev=bool(group), line=line_of(text, f'"{name}"'))
        for group, names in (("", document.require), ("dev", document.development))
        for name, range_ in _names(names).items()
    )
    places = document.repositories
    found = list(places.values()) if isinstance(places, dict) else places if isinstance(places, list) else []
    urls = [item["url"] for item in found if isinstance(item, dict) and isinstance(item.get("url"), str)]
    return Project(
        name=document.name,
        asks=asks,
        registries=tuple(Registry(kind="index", url=without_secret(url), line=line_of(text, url)) for url in urls),
    )
