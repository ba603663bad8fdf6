"""What a container gets from its engine when nobody says anything: capabilities, seccomp profile, hidden paths.

The data files beside this one hold names and numbers only; each says where they are from.
"""

import re
from functools import cache
from typing import TypeVar

import msgspec

from ringfence.errors import Malformed, Unavailable
from ringfence.formats import seccomp_profile
from ringfence.formats.seccomp_profile import SeccompProfile
from ringfence.io import packaged
from ringfence.model.fact import Fact
from ringfence.model.linux import mask_of
from ringfence.model.syscall_filter import UNCONFINED, SyscallFilter

FOLDER = "knowledge/runtime_defaults"
GO_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
"""What profiles call the machines for which there are tables of system calls here, by uname's names."""

T = TypeVar("T")


class MaskedSince(Fact, forbid_unknown_fields=True):
    """Paths that an engine hides too in versions from `since` (included) to `before` (not included; empty: all later)."""

    since: str
    paths: tuple[str, ...]
    source: str
    before: str = ""


class RuntimeDefaults(Fact, forbid_unknown_fields=True):
    """An engine's defaults. `seccomp_by_default`: whether its own default profile applies when nobody asks for one.

    `masked_paths` are those of the oldest version known, `masked_since` what later ones added, from the version on in which
    it was read.
    """

    name: str
    capabilities: tuple[str, ...]
    masked_paths: tuple[str, ...]
    read_only_paths: tuple[str, ...]
    no_new_privileges: bool
    seccomp_by_default: bool
    sources: tuple[str, ...]
    masked_since: tuple[MaskedSince, ...] = ()


class AllDefaults(Fact, forbid_unknown_fields=True):
    """The file `runtimes.json`. `kubernetes_seccomp` is what a pod gets that names no profile."""

    kubernetes_seccomp: str
    kubernetes_source: str
    licence: str
    runtimes: tuple[RuntimeDefaults, ...]


class Versions(Fact, forbid_unknown_fields=True):
    """Versions of an engine from `since` (included) to `before` (not included); an empty bound is none."""

    since: str = ""
    before: str = ""

    def __contains__(self, version: str) -> bool:
        """Whether `version` lies in it. An empty one, which is not known, lies where the oldest do."""
        numbers = _numbers(version)
        return _numbers(self.since) <= numbers and (not self.before or numbers < _numbers(self.before))


class DefaultProfile(Fact, forbid_unknown_fields=True):
    """A file with one of an engine's default profiles and the `versions` of the engine that have it.

    A change that went into several release branches has a range for each. Between two versions that were looked at, the
    older one's profile is taken. `version` is what was read, `source` where.
    """

    name: str
    runtime: str
    versions: tuple[Versions, ...]
    version: str
    source: str
    licence: str
    profile: msgspec.Raw


def defaults(runtime: str, version: str = "") -> RuntimeDefaults:
    """What containers of `docker`, `podman`, `containerd` or `cri-o` get. Raises `Unavailable` for another runtime.

    `version` is the engine's. Without it the oldest is taken, which hides least: what we cannot tell must not look safe.
    """
    for item in _all().runtimes:
        if item.name == runtime:
            spans = [(change, Versions(since=change.since, before=change.before)) for change in item.masked_since]
            added = [path for change, span in spans if version in span for path in change.paths]
            return msgspec.structs.replace(item, masked_paths=tuple(dict.fromkeys((*item.masked_paths, *added))))
    raise Unavailable("has no defaults that Ringfence knows", where=runtime)


def default_capabilities(runtime: str) -> int:
    """The mask of the capabilities a container gets unasked. Raises `Unavailable` for a runtime unknown here."""
    return mask_of(defaults(runtime).capabilities)


def default_filter(
    runtime: str, capabilities: int, kernel: str = "", version: str = "", architecture: str = "x86_64"
) -> SyscallFilter:
    """The engine's default profile for a container with this bounding set, on a kernel of this release and machine.

    `version` is the engine's. Without it the oldest profile we ship is taken, which lets most through: what we cannot
    tell must not look safe. Raises `Unavailable` for a runtime unknown here.
    """
    chosen = next((item for item in _profiles() if item.runtime == runtime and _covers(item, version)), None)
    if chosen is None:
        raise Unavailable("has no default seccomp profile that Ringfence knows", where=runtime)
    return filter_of(chosen, capabilities, kernel, architecture)


def profiles() -> tuple[DefaultProfile, ...]:
    """Every default profile that ships, of all engines and versions."""
    return _profiles()


def filter_of(profile: DefaultProfile, capabilities: int, kernel: str = "", architecture: str = "x86_64") -> SyscallFilter:
    """A default profile as a container with this bounding set gets it, on a kernel of this release and machine."""
    goarch = GO_ARCHITECTURES[architecture]
    return seccomp_profile.resolve(_parsed(bytes(profile.profile)), profile.name, capabilities, kernel, goarch)


def kubernetes_filter() -> SyscallFilter:
    """What a pod gets that names no profile, unless the kubelet runs with `seccompDefault`: no filter."""
    return UNCONFINED


@cache
def _all() -> AllDefaults:
    return _read("runtimes.json", AllDefaults)


@cache
def _profiles() -> tuple[DefaultProfile, ...]:
    return tuple(_read(name, DefaultProfile) for name in packaged.names(FOLDER) if name != "runtimes.json")


@cache
def _parsed(profile: bytes) -> SeccompProfile:
    return seccomp_profile.parse(profile)


def _read(name: str, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(packaged.read(f"{FOLDER}/{name}"), type=shape)
    except msgspec.DecodeError as cause:
        raise Malformed("data file of this installation", str(cause), where=name, mend="install ringfence again") from cause


def _covers(profile: DefaultProfile, version: str) -> bool:
    return any(version in item for item in profile.versions)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d{1,9}", version)[:3])
