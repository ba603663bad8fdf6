"""A layer of 3 million small files, made as it is read: processor time and memory. Budget: 1 GB.

python bench/many_files.py [COUNT]
"""

import resource
import sys
import tarfile
import time

from ringfence.engine import storeys
from ringfence.formats.tar import TarReader
from ringfence.knowledge import build_tools, secret_rules, unneeded_files
from ringfence.layers.image.collect.reading import layer_record
from ringfence.layers.image.collect.reading.dispatch import Dispatch
from ringfence.layers.image.collect.reading.file_sizes import Stacked
from ringfence.layers.image.collect.reading.layer_scan import Budget, LayerScan, Searchers
from ringfence.model.finding import Storey

COUNT = 3_000_000


class Made:
    """The headers of empty files in folders of a thousand each."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._at = 0
        self._header = tarfile.TarInfo("x").tobuf(tarfile.USTAR_FORMAT)

    def read(self, size: int) -> bytes:
        """The next header."""
        if self._at >= self._count:
            return b""
        name = b"srv/data/%04d/%04d/file-%07d" % (self._at // 100_000, self._at // 1_000, self._at)
        self._at += 1
        header = bytearray(self._header)
        header[: len(name)] = name
        header[148:156] = b"        "
        header[148:156] = b"%06o\0 " % sum(header)
        return bytes(header)[:size]

    def skip(self, size: int) -> int:
        """There are no contents."""
        return size


def main() -> None:
    """Reads the layer as an image's only one."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    readers = storeys.readers()[Storey.IMAGE]
    searchers = Searchers(Dispatch(readers), secret_rules.scanner(), build_tools.table(), unneeded_files.table())
    begin = time.process_time()
    scan = LayerScan(searchers, Budget(), None)
    scan.run(TarReader(Made(count)))
    record = scan.record()
    del scan
    kept = len(layer_record.encode(record))
    Stacked([(0, record)]).places()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count:,} files: {time.process_time() - begin:.1f} s CPU, {peak:.0f} MB at most, kept as {kept / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
