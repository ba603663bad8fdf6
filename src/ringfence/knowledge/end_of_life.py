"""When distributions' releases stop getting security fixes for everybody, from `end_of_life.json`."""

import re

from ringfence.formats import typed_json
from ringfence.io import packaged
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.os_release import OsRelease
from ringfence.model.support import SupportEnd

_ROLLING = frozenset({"wolfi", "chainguard", "arch", "opensuse-tumbleweed", "gentoo"})


def of(release: OsRelease) -> Maybe[str]:
    """The last day (YYYY-MM-DD) of a release, Unknown with the reason where none is published or known here."""
    name = release.name or f"{release.id} {release.version}".strip()
    if release.id in _ROLLING or (release.id in ("debian", "alpine") and not _is_numbered(release.version)):
        return Unknown(f"{name} has no numbered release, so no end of support")
    shipped = typed_json.decode(packaged.read("knowledge/end_of_life.json"), tuple[SupportEnd, ...], "support dates")
    dates = {item.cycle: item.end_of_life for item in shipped if item.distribution == release.id}
    for cycle in (release.version, release.cycle, release.version.partition(".")[0]):
        if cycle in dates:
            return Known(dates[cycle])
    return Unknown(f"no end of support is known for {name}")


def _is_numbered(version: str) -> bool:
    return re.fullmatch(r"[0-9]+(?:\.[0-9]+)*", version) is not None
