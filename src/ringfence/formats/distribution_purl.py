"""Package URLs of a distribution's packages. Source: purl-spec, types `deb` and `apk`, qualifiers `arch` and `distro`."""

import re

from ringfence.formats import purl
from ringfence.model.os_release import OsRelease

_QUALIFIER = re.compile(r"[A-Za-z0-9._-]+")


def make(kind: str, name: str, version: str, arch: str, release: OsRelease | None) -> str:
    """`pkg:deb/debian/dash@0.5.12-2?arch=amd64&distro=debian-12`; what is no plain word is left out of the qualifiers.

    Without a release the namespace is the one that the kind began with (`debian`, `alpine`).
    """
    namespace = release.id if release else {"deb": "debian", "apk": "alpine"}.get(kind, kind)
    said = (("arch", arch), ("distro", release.distro_qualifier if release else ""))
    qualifiers = "&".join(f"{key}={value}" for key, value in said if _QUALIFIER.fullmatch(value))
    plain = purl.make(kind, f"{namespace}/{name}", version)
    return f"{plain}?{qualifiers}" if qualifiers else plain
