"""Debian's security tracker as JSON: source package, CVE, and its state in each release.

Source: security-tracker.debian.org/tracker/data/json; its makers' `lib/python/tracker_service.py` (field names, states).
"""

import msgspec

from ringfence.errors import Malformed


class TrackerRelease(msgspec.Struct, frozen=True):
    """The state in one release: `status` is `resolved`, `open` or `undetermined`; `fixed_version` "0" is "never affected".

    `nodsa` is the reason why there is no advisory, `nodsa_reason` its kind: empty, `postponed` or `ignored`. `repositories`
    has the version that each part of the archive (`bookworm`, `bookworm-security`) has now.
    """

    status: str
    fixed_version: str = ""
    urgency: str = ""
    nodsa: str | None = None
    nodsa_reason: str | None = None
    repositories: dict[str, str] = {}


class TrackerCve(msgspec.Struct, frozen=True):
    """One vulnerability of one source package, by release codename."""

    releases: dict[str, TrackerRelease] = {}
    description: str = ""
    scope: str = ""


def parse(data: bytes) -> dict[str, dict[str, msgspec.Raw]]:
    """Each package's vulnerabilities, not yet read one by one. Raises `Malformed`."""
    try:
        return msgspec.json.decode(data, type=dict[str, dict[str, msgspec.Raw]])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise Malformed("Debian tracker file", str(cause)) from cause


_decoder = msgspec.json.Decoder(TrackerCve)


def parse_one(data: msgspec.Raw) -> TrackerCve:
    """One vulnerability. Raises `Malformed`."""
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise Malformed("Debian tracker entry", str(cause)) from cause
