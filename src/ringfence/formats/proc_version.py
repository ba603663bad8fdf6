"""`/proc/version` and Ubuntu's `/proc/version_signature`: the kernel's own word on what it is.

Source: proc_version(5); Debian's kernel packages write their version into the banner
(`... #1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)`), Ubuntu's write `Ubuntu 5.15.0-91.101-generic 5.15.131`.
"""

import re

from ringfence.errors import Malformed
from ringfence.model.fact import Fact

MAX_BANNER_BYTES = 4096
"""Bytes of the banner that are looked at."""

_RELEASE = re.compile(r"Linux version (\S{1,128})")
_DEBIAN = re.compile(r"\bDebian ([0-9][0-9A-Za-z.+~:-]{0,100}) \(\d{4}-\d{2}-\d{2}\)")
_UBUNTU = re.compile(r"Ubuntu \S{1,128} ([0-9]{1,5}(?:\.[0-9]{1,5}){1,3})\Z")


class Banner(Fact):
    """`release` is uname's; `debian_version` the version of the Debian package that this kernel came in, or empty."""

    release: str
    debian_version: str = ""


def parse(data: bytes) -> Banner:
    """What `/proc/version` says. Raises `Malformed` if it is no banner of Linux."""
    text = data[:MAX_BANNER_BYTES].decode("utf-8", "replace")
    release = _RELEASE.match(text)
    if not release:
        raise Malformed("kernel banner", "it does not begin with a version")
    debian = _DEBIAN.search(text)
    return Banner(release=release.group(1), debian_version=debian.group(1) if debian else "")


def upstream_of_signature(data: bytes) -> str:
    """The upstream version in Ubuntu's `/proc/version_signature`. Raises `Malformed` if it is none."""
    matched = _UBUNTU.match(data[:MAX_BANNER_BYTES].decode("utf-8", "replace").strip())
    if not matched:
        raise Malformed("version signature", "it is not Ubuntu's")
    return matched.group(1)
