"""os-release(5): which distribution this is."""

import shlex

from ringfence.errors import Malformed
from ringfence.model.os_release import OsRelease

MAX_LINES = 500
"""Lines looked at; real files have about a dozen."""


def parse(data: bytes) -> OsRelease:
    """The distribution that an os-release file names. Raises `Malformed` if it has no ID."""
    values: dict[str, str] = {}
    for line in data.decode("utf-8", "replace").splitlines()[:MAX_LINES]:
        key, equals, raw = line.strip().partition("=")
        if not equals or key.startswith("#"):
            continue
        try:
            words = shlex.split(raw)
        except ValueError:
            words = [raw]
        values.setdefault(key, words[0] if words else "")
    if not values.get("ID"):
        raise Malformed("os-release", "it has no ID line")
    return OsRelease(
        id=values["ID"].lower(),
        version=values.get("VERSION_ID", ""),
        name=values.get("PRETTY_NAME", ""),
        codename=values.get("VERSION_CODENAME", ""),
        like=tuple(values.get("ID_LIKE", "").split()),
    )
