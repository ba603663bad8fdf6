"""Files that packages say they have, with the digests they say: dpkg's md5sums and apk's database.

Source: deb-md5sums... dpkg(1), `/var/lib/dpkg/info/NAME.md5sums`: MD5 and path; apk-tools, "Apk spec": `F:` folder, `R:`
file, `Z:Q1` with base64 of a SHA-1. These digests tell a careless change from none; who can change files can change the
list, unless it lies in another layer.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator

from ringfence.model.fact import Fact


class Packaged(Fact):
    """A file of a package: MD5 or SHA-1 in hexadecimal, the other being empty."""

    package: str
    md5: str = ""
    sha1: str = ""

    def is_of(self, md5: str, sha1: str) -> bool:
        """Whether a file with these digests is the package's."""
        return self.md5 == md5 if self.md5 else self.sha1 == sha1


def packaged(lists: Iterable[tuple[str, bytes]]) -> dict[str, Packaged]:
    """The files of all packages by path, out of lists with their paths. What is no such line is passed over."""
    found: dict[str, Packaged] = {}
    for path, data in lists:
        text = data.decode("utf-8", "replace")
        found |= dict(_apk(text) if path.endswith("apk/db/installed") else _dpkg(path, text))
    return found


def _dpkg(path: str, text: str) -> Iterator[tuple[str, Packaged]]:
    package = path.rpartition("/")[2].removesuffix(".md5sums").partition(":")[0]
    for line in text.split("\n"):
        md5, _, name = line.partition("  ")
        if len(md5) == 32 and name:
            for alias in _aliases(name):
                yield alias, Packaged(package=package, md5=md5)


def _apk(text: str) -> Iterator[tuple[str, Packaged]]:
    package = folder = name = ""
    for line in text.split("\n"):
        match line[:2]:
            case "P:":
                package, folder = line[2:].strip(), ""
            case "F:":
                folder = line[2:].strip("/")
            case "R:":
                name = f"{folder}/{line[2:]}" if folder else line[2:]
            case "Z:" if line.startswith("Z:Q1") and name:
                try:
                    sha1 = base64.b64decode(line[4:], validate=True).hex()
                except binascii.Error:
                    continue
                for alias in _aliases(name):
                    yield alias, Packaged(package=package, sha1=sha1)


_MERGED = ("bin/", "sbin/", "lib/", "lib64/", "lib32/")


def _aliases(path: str) -> tuple[str, ...]:
    """A path under the root and under /usr, which merged distributions hold to be the same."""
    if path.startswith("usr/") and path[4:].startswith(_MERGED):
        return path, path[4:]
    return (path, f"usr/{path}") if path.startswith(_MERGED) else (path,)
