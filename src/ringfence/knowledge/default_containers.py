"""Containers as engines make them when nobody asks for anything, one for each version of a default profile that ships here.

Everything is computed from `runtime_defaults`: nobody types which version stops what.
"""

from functools import cache

from ringfence.errors import Unavailable
from ringfence.knowledge import runtime_defaults
from ringfence.knowledge.runtime_defaults import DefaultProfile
from ringfence.model.confinement import HOST_IDS, CapabilitySets, Confinement, Kernel, Sharing
from ringfence.model.default_container import DefaultContainer, VersionSpan
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import Namespace

SHARED = frozenset({Namespace.USER, Namespace.TIME, Namespace.CGROUP})
"""Namespaces that engines leave as the host's by default; that of cgroups they do on hosts with cgroup v1."""


@cache
def default_containers() -> tuple[DefaultContainer, ...]:
    """One for each default profile, by engine and then by version."""
    return tuple(
        DefaultContainer(
            engine=profile.runtime,
            spans=tuple(VersionSpan(since=item.since, before=item.before) for item in profile.versions),
            confinement=_confinement(profile),
        )
        for profile in _ordered()
    )


def default_container(engine: str, version: str) -> DefaultContainer:
    """The one of an engine's version. Raises `Unavailable` for an engine or version unknown here."""
    for profile, container in zip(_ordered(), default_containers(), strict=True):
        if profile.runtime == engine and any(version in item for item in profile.versions):
            return container
    raise Unavailable("has no defaults that Ringfence knows", where=f"{engine} {version}")


def _ordered() -> list[DefaultProfile]:
    return sorted(runtime_defaults.profiles(), key=lambda item: (item.runtime, *_numbers(item.versions[0].since)))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part)


def _confinement(profile: DefaultProfile) -> Confinement:
    """A container of root with the engine's capabilities and profile; what the host decides stays unknown."""
    own = runtime_defaults.defaults(profile.runtime, profile.versions[0].since)
    mask = runtime_defaults.default_capabilities(profile.runtime)
    return Confinement(
        privileged=Known(False),
        uid=Known(0),
        gid=Known(0),
        uid_map=Known(HOST_IDS),
        gid_map=Known(HOST_IDS),
        capabilities=Known(CapabilitySets(effective=mask, permitted=mask, bounding=mask)),
        no_new_privileges=Known(own.no_new_privileges),
        syscalls=Known(runtime_defaults.filter_of(profile, mask)),
        namespaces=Known({kind: Sharing.HOST if kind in SHARED else Sharing.OWN for kind in Namespace}),
        lsm=Unknown("the host decides"),
        mounts=Known(()),
        devices=Known(()),
        read_only_root=Known(False),
        masked_paths=Known(own.masked_paths),
        kernel=Known(Kernel.HOST),
        root_cgroups=Unknown("the host decides"),
    )
