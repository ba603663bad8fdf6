"""Package.resolved of Swift, versions 1 to 3. Source: github.com/swiftlang/swift-package-manager, PinsStore."""

import msgspec

from ringfence.formats import typed_json
from ringfence.formats.declared import line_of
from ringfence.formats.locked import Locked, LockedPackage, locked
from ringfence.formats.url import without_secret


class _State(msgspec.Struct):
    branch: str | None = ""
    revision: str | None = ""
    version: str | None = ""


class _Pin(msgspec.Struct, rename={"url": "repositoryURL"}):
    package: str = ""
    identity: str = ""
    url: str = ""
    location: str = ""
    state: _State = msgspec.field(default_factory=_State)


class _Pins(msgspec.Struct):
    pins: list[_Pin] = []


class _Document(_Pins):
    object: _Pins | None = None


def parse(data: bytes) -> Locked:
    """The pins in file order, named as OSV's SwiftURL does: by their address. Raises `Malformed`, `LimitExceeded`."""
    document = typed_json.decode(data, _Document, "Package.resolved")
    text = data.decode("utf-8", "replace") if len(data) < 2_000_000 else ""
    pins = document.object.pins if document.object else document.pins
    return locked(_locked(pin, text) for pin in pins)


def _locked(pin: _Pin, text: str) -> LockedPackage:
    address = pin.location or pin.url
    name = address.partition("://")[2].rpartition("@")[2] or address.removeprefix("git@").replace(":", "/", 1)
    version, revision = pin.state.version or "", pin.state.revision or ""
    return LockedPackage(
        name=name.removesuffix(".git").removesuffix("/") or pin.identity or pin.package,
        version=version,
        line=line_of(text, address),
        source="registry" if version else "git",
        url=without_secret(address),
        reference=revision,
        # The revision is the content: a tag that moves is noticed.
        hashed=bool(revision),
    )
