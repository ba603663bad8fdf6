"""What the advisory store knows of support, put into the facts of images: later dates than those that ship."""

import os
import re
from collections.abc import Iterable
from dataclasses import replace

import msgspec

from ringfence.advisories.names import ecosystem_key, family
from ringfence.advisories.store import default_path, open_store
from ringfence.engine.storeys import Gathered
from ringfence.errors import Malformed, Unavailable
from ringfence.layers.image.facts import Facts, Unsupported
from ringfence.model.knowledge import Known
from ringfence.model.package import Package
from ringfence.model.support import PackageSupport
from ringfence.versions import dpkg


def informed(gathered: tuple[Gathered, ...], db: str) -> tuple[Gathered, ...]:
    """The facts, with the ends of support that the store at `db` (empty: the default one) has; as they were without one."""
    if not any(isinstance(item.facts, Facts) for item in gathered):
        return gathered
    try:
        with open_store(db or default_path(os.environ)) as store:
            # Of several words on one release the first counts: the distribution's own.
            ends = {item.id: item.end_of_life for item in reversed(store.support_ends())}
            lists = store.package_support()
    except Unavailable:
        return gathered
    return tuple(
        replace(item, facts=_informed(item.facts, ends, lists)) if isinstance(item.facts, Facts) else item
        for item in gathered
    )


def _informed(facts: Facts, ends: dict[str, str], lists: tuple[PackageSupport, ...]) -> Facts:
    unsupported = tuple(dict.fromkeys(_unsupported(facts.packages, lists)))
    if isinstance(facts.os_release, Known):
        release = facts.os_release.value
        end = next((ends[key] for cycle in (release.version, release.cycle) if (key := f"{release.id}:{cycle}") in ends), "")
        if end:
            return msgspec.structs.replace(facts, end_of_life=Known(end), unsupported=unsupported)
    return msgspec.structs.replace(facts, unsupported=unsupported)


def _unsupported(packages: Iterable[Package], lists: tuple[PackageSupport, ...]) -> Iterable[Unsupported]:
    for package in packages:
        for item in lists if package.ecosystem.startswith("Debian:") else ():
            mine = item.ecosystem in (ecosystem_key(package.ecosystem), family(package.ecosystem))
            if mine and _is_named(item.pattern, package.advisory_name) and _is_past(item, package.advisory_version):
                yield Unsupported(package=package.advisory_name, why=item.why, ended=item.ended, limited=item.limited)


def _is_named(pattern: str, name: str) -> bool:
    # `php-horde.*`: the feed takes no richer pattern.
    return re.fullmatch(re.escape(pattern.removesuffix(".*")) + (".*" if pattern.endswith(".*") else ""), name) is not None


def _is_past(item: PackageSupport, version: str) -> bool:
    """Whether a version is one without support: those up to the last one that had it."""
    if not item.through or item.through == "0":
        return True
    try:
        return not dpkg.key(item.through) < dpkg.key(version)
    except Malformed:
        return True
