"""Where registries' images are really taken from: mirrors, other places, and which may be asked without TLS.

Source: containers-registries.conf(5), version 2: `[[registry]]` with `prefix`, `location`, `insecure`, `blocked`,
`mirror-by-digest-only` and `[[registry.mirror]]`; of several prefixes that fit the longest counts.
"""

import tomllib
from collections.abc import Iterable

import msgspec

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats.image_name import ImageName
from ringfence.model.fact import Fact

MAX_REGISTRIES = 10_000
"""Registries and mirrors of all files together."""


class Mirror(Fact, rename="kebab"):
    """A place that holds copies. `pull_from_mirror` is `all`, `digest-only` or `tag-only`."""

    location: str = ""
    insecure: bool = False
    pull_from_mirror: str = "all"


class RegistryEntry(Fact, rename="kebab"):
    """What is said of names that begin with `prefix` (or with `location`, if there is none)."""

    prefix: str = ""
    location: str = ""
    insecure: bool = False
    blocked: bool = False
    mirror_by_digest_only: bool = False
    mirror: tuple[Mirror, ...] = ()


class Place(Fact):
    """Where to ask for an image; an `insecure` one may be asked with any certificate, or with none."""

    name: ImageName
    insecure: bool = False


class _File(msgspec.Struct):
    registry: tuple[RegistryEntry, ...] = ()


def parse(data: bytes) -> tuple[RegistryEntry, ...]:
    """The entries of one file. Raises `Malformed`, `LimitExceeded`."""
    try:
        found = msgspec.convert(tomllib.loads(data.decode("utf-8")), _File).registry
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as cause:
        raise Malformed("registries.conf", str(cause)) from cause
    if sum(1 + len(entry.mirror) for entry in found) > MAX_REGISTRIES:
        raise LimitExceeded("registries of one registries.conf", MAX_REGISTRIES)
    return found


def places(name: ImageName, entries: Iterable[RegistryEntry]) -> tuple[Place, ...]:
    """Where to ask for an image, in this order: the mirrors, then the place itself; none if it is blocked."""
    whole = f"{name.host}/{name.path}"
    fitting = [(prefix, entry) for entry in entries if (prefix := _fits(entry.prefix or entry.location, whole))]
    if not fitting:
        return (Place(name=name),)
    # Of equally long ones the last: files of registries.conf.d come after the main one.
    prefix, entry = max(reversed(fitting), key=lambda item: len(item[0]))
    if entry.blocked:
        return ()
    found = []
    for mirror in entry.mirror:
        by_digest = "digest-only" if entry.mirror_by_digest_only else mirror.pull_from_mirror
        if by_digest == "all" or (by_digest == "digest-only") == bool(name.digest):
            found.append(_moved(name, whole, prefix, mirror.location, insecure=mirror.insecure))
    return (*found, _moved(name, whole, prefix, entry.location or prefix, insecure=entry.insecure))


def _fits(prefix: str, whole: str) -> str:
    """The part of a name that a prefix covers, empty if it does not: whole parts of the path, `*.` for any host below."""
    if prefix.startswith("*."):
        host = whole.partition("/")[0]
        return host if host.endswith(prefix[1:]) else ""
    return prefix if prefix and (whole == prefix or whole.startswith((f"{prefix}/", f"{prefix}:"))) else ""


def _moved(name: ImageName, whole: str, prefix: str, location: str, *, insecure: bool) -> Place:
    host, _, path = f"{location}{whole[len(prefix) :]}".partition("/")
    return Place(name=ImageName(host=host, path=path, tag=name.tag, digest=name.digest), insecure=insecure)
