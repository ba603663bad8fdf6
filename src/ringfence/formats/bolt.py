"""bbolt, the embedded store of containerd: buckets of keys, read from the bytes of its file.

Source: go.etcd.io/bbolt, `internal/common/{page,meta,bucket}.go`: pages with 16 bytes of header, two meta pages of which the
newer valid one counts, B+ trees of branch and leaf pages, small buckets kept inside the leaf of their parent. Numbers are in
the byte order of the machine that wrote the file; all that run containerd are little-endian.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from ringfence.errors import LimitExceeded, Malformed

MAX_DEPTH = 64
"""Branch pages above one leaf; a tree of 2^64 keys has fewer."""
MAX_PAGES = 1_000_000
"""Pages looked at for one bucket: 4 GB of them."""

_MAGIC, _VERSION = 0xED0CDAED, 2
_HEADER = struct.Struct("<QHHI")
_META = struct.Struct("<IIIIQQQQQ")
_BRANCH = struct.Struct("<IIQ")
_LEAF = struct.Struct("<IIII")
_BUCKET = struct.Struct("<QQ")
_IS_BRANCH, _IS_LEAF, _IS_BUCKET = 0x01, 0x02, 0x01
_PAGE_SIZES = (4096, 8192, 16384, 32768, 65536)
"""Page sizes of the systems that Linux runs on."""


@dataclass(slots=True)
class Bucket:
    """A bucket: `get` a value, `bucket` one inside it, `names` of those. All raise `Malformed` for a broken file."""

    _data: memoryview
    _page_size: int
    _root: int
    _inline: memoryview | None = None

    def get(self, key: bytes) -> bytes | None:
        """The value of a key, None if there is none."""
        return next((bytes(value) for name, value, is_bucket in self._items() if name == key and not is_bucket), None)

    def bucket(self, *path: bytes) -> "Bucket | None":
        """The bucket at a path of keys, None if there is none."""
        here: Bucket | None = self
        for key in path:
            here = here.inner(key) if here is not None else None
        return here

    def names(self) -> tuple[bytes, ...]:
        """The keys of the buckets inside, in the order of the file."""
        return tuple(name for name, _, is_bucket in self._items() if is_bucket)

    def inner(self, key: bytes) -> "Bucket | None":
        """The bucket of this key, None if there is none."""
        for name, value, is_bucket in self._items():
            if name == key and is_bucket:
                if len(value) < _BUCKET.size:
                    raise Malformed("bolt file", "a bucket without header")
                root, _ = _BUCKET.unpack_from(value)
                return Bucket(self._data, self._page_size, root, value[_BUCKET.size :] if root == 0 else None)
        return None

    def _items(self) -> Iterator[tuple[bytes, memoryview, bool]]:
        if self._inline is not None:
            yield from _leaf(self._inline)
            return
        pending, seen = [(self._root, 0)], 0
        while pending:
            number, depth = pending.pop()
            seen += 1
            if seen > MAX_PAGES:
                raise LimitExceeded("pages of one bolt bucket", MAX_PAGES)
            if depth > MAX_DEPTH:
                raise Malformed("bolt file", "its tree is deeper than any")
            page = self._page(number)
            _, flags, count, _ = _HEADER.unpack_from(page)
            if flags & _IS_BRANCH:
                children = [_at(page, _BRANCH, _HEADER.size + index * _BRANCH.size)[2] for index in range(count)]
                pending += [(child, depth + 1) for child in reversed(children)]
            else:
                yield from _leaf(page)

    def _page(self, number: int) -> memoryview:
        start = number * self._page_size
        if start + _HEADER.size > len(self._data):
            raise Malformed("bolt file", f"it has no page {number}")
        _, _, _, more = _HEADER.unpack_from(self._data, start)
        return self._data[start : start + (more + 1) * self._page_size]


def parse(data: bytes) -> Bucket:
    """The root bucket. Raises `Malformed` if neither meta page is whole."""
    view = memoryview(data)
    found = [meta for start in (0, *_PAGE_SIZES) if (meta := _meta(view, start)) is not None]
    if not found:
        raise Malformed("bolt file", "neither of its meta pages is whole")
    _, page_size, root = max(found)
    return Bucket(view, page_size, root)


def _meta(data: memoryview, start: int) -> tuple[int, int, int] | None:
    """Transaction, page size and root page of the meta page at `start`; None if it is none, or was cut off in writing."""
    start += _HEADER.size
    if start + _META.size > len(data):
        return None
    magic, version, page_size, _, root, _, _, _, transaction = _META.unpack_from(data, start)
    (checksum,) = struct.unpack_from("<Q", data, start + _META.size) if start + _META.size + 8 <= len(data) else (0,)
    whole = magic == _MAGIC and version == _VERSION and page_size in _PAGE_SIZES
    return (transaction, page_size, root) if whole and checksum == _fnv(data[start : start + _META.size]) else None


def _fnv(data: memoryview) -> int:
    """FNV-1a of 64 bits (draft-eastlake-fnv)."""
    found = 0xCBF29CE484222325
    for byte in data:
        found = ((found ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return found


def _leaf(page: memoryview) -> Iterator[tuple[bytes, memoryview, bool]]:
    if len(page) < _HEADER.size:
        raise Malformed("bolt file", "a page is cut off")
    _, flags, count, _ = _HEADER.unpack_from(page)
    if not flags & _IS_LEAF:
        raise Malformed("bolt file", f"a page of kind {flags:#x} where data should be")
    for index in range(count):
        start = _HEADER.size + index * _LEAF.size
        kind, place, key_size, value_size = _at(page, _LEAF, start)
        key = start + place
        value = key + key_size
        if value + value_size > len(page):
            raise Malformed("bolt file", "an entry leads out of its page")
        yield bytes(page[key:value]), page[value : value + value_size], bool(kind & _IS_BUCKET)


def _at(page: memoryview, form: struct.Struct, start: int) -> tuple[int, ...]:
    try:
        return form.unpack_from(page, start)
    except struct.error as cause:
        raise Malformed("bolt file", "a page is cut off") from cause
