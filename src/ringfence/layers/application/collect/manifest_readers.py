"""Which reader reads which file of a tree: by its name at once where a pattern has no wildcard, else by the patterns."""

import fnmatch
import re
from collections.abc import Iterable

from ringfence.layers.application.facts import DeclarationReader, ManifestReader, Reader
from ringfence.model.declare import PackageReader

_WILD = frozenset("*?[")


class Readers:
    """The readers of this storey."""

    def __init__(self, readers: Iterable[PackageReader]) -> None:
        self._exact: dict[str, Reader] = {}
        self._patterns: list[tuple[re.Pattern[str], bool, Reader]] = []
        for reader in readers:
            if not isinstance(reader, ManifestReader | DeclarationReader):
                continue
            for pattern in reader.ECOSYSTEM.files:
                if _WILD.isdisjoint(pattern) and "/" not in pattern:
                    self._exact.setdefault(pattern, reader)
                else:
                    self._patterns.append((re.compile(fnmatch.translate(pattern)), "/" in pattern, reader))

    def of(self, path: str) -> Reader | None:
        """The reader of a file, if there is one."""
        name = path.rpartition("/")[2]
        found = self._exact.get(name)
        if found:
            return found
        return next((item for made, whole, item in self._patterns if made.match(path if whole else name)), None)

    def names(self) -> str:
        """The names that are known without a pattern, for people."""
        return ", ".join(sorted(self._exact))
