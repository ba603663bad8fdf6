"""Which package reader, if any, wants a file: by its declared patterns, decided in a dictionary look-up for nearly all."""

import fnmatch
import re
from collections.abc import Iterable

from ringfence.model.declare import PackageReader

_WILD = re.compile(r"[*?\[]")


class Dispatch:
    """The readers of a run by the files they want."""

    def __init__(self, readers: Iterable[PackageReader]) -> None:
        self.readers = tuple(readers)
        self.of_executables = tuple(reader for reader in self.readers if reader.ECOSYSTEM.executables)
        self._by_name: dict[str, list[tuple[re.Pattern[str] | None, PackageReader]]] = {}
        self._others: list[tuple[re.Pattern[str], PackageReader]] = []
        starts: list[str] = []
        ends: list[str] = []
        for reader in self.readers:
            for pattern in reader.ECOSYSTEM.files:
                folder, slash, name = pattern.rpartition("/")
                if not _WILD.search(name):
                    test = re.compile(fnmatch.translate(pattern)) if folder else None
                    self._by_name.setdefault(name, []).append((test, reader))
                    continue
                # A pattern without a slash is one for base names: `*` may stand for any folder before it.
                whole = pattern if slash else f"*{pattern}"
                self._others.append((re.compile(fnmatch.translate(whole)), reader))
                if start := _WILD.split(whole)[0]:
                    starts.append(start)
                else:
                    ends.append(_WILD.split(name)[-1].rpartition("]")[2])
        self._starts, self._ends = tuple(starts), tuple(ends)
        self.fixed_names = frozenset(
            pattern.rpartition("/")[2]
            for reader in self.readers
            for pattern in reader.ECOSYSTEM.files
            if "/" in pattern and not _WILD.search(pattern)
        )
        """Base names of files that are wanted at one path only: they may lie behind a link in a folder's place."""

    def reader_of(self, path: str, name: str) -> PackageReader | None:
        """The reader of the file at `path`, whose base name is `name`."""
        for test, reader in self._by_name.get(name, ()):
            if test is None or test.match(path):
                return reader
        if path.endswith(self._ends) or path.startswith(self._starts):
            for other, reader in self._others:
                if other.match(path):
                    return reader
        return None
