"""Debian changelogs: which version's entry names which CVE.

Source: deb-changelog(5). An entry's heading is `package (version) suites; fields`, its text is indented.
"""

import re
from collections.abc import Iterator

from ringfence.errors import LimitExceeded
from ringfence.model.fact import Fact

MAX_BYTES = 64 * 1024 * 1024
"""Bytes of one changelog; the kernel's, the longest, has about 5 MB."""

_HEADING = re.compile(r"(\S+) \(([^()\s]+)\)((?: +[-+.a-zA-Z0-9]+)*);")
_CVE = re.compile(r"CVE-\d{4}-\d{4,19}")
_UNDONE = re.compile(r"\b(?:re-?introduc|revert|regress|does not fix|not affected|incomplete)", re.IGNORECASE)
"""Words that make a mention something else than a fix; such a line is passed over."""


class Mention(Fact):
    """A CVE named in the entry of a version: nearly always a fix, never proof of one."""

    source: str
    version: str
    suites: str
    cve: str


def parse(data: bytes) -> Iterator[Mention]:
    """Every mention, newest entry first. Raises `LimitExceeded`; a file that is no changelog has none."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of one changelog", MAX_BYTES)
    source = version = suites = ""
    for line in data.decode("utf-8", "replace").split("\n"):
        if line[:1] not in (" ", "\t", ""):
            heading = _HEADING.match(line)
            source, version, suites = (heading[1], heading[2], heading[3].strip()) if heading else ("", "", "")
        elif version and "CVE-" in line and not _UNDONE.search(line):
            for cve in _CVE.findall(line):
                yield Mention(source=source, version=version, suites=suites, cve=cve)
