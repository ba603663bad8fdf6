"""A stored layer's record: from the cache if its very content was read before, else by reading it through.

A layer is known by its diff id, but what an image *says* its diff id is proves nothing: the bytes at hand must have been
hashed, in this run or in an earlier one of the same unchanged file.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import IO

from ringfence.errors import RingfenceError, Unavailable
from ringfence.formats.tar import TarReader
from ringfence.io import blobs, packaged
from ringfence.io.blobs import BlobStream, Extent
from ringfence.io.layer_directory import LayerDirectory
from ringfence.io.result_cache import ResultCache
from ringfence.layers.image.collect.reading import layer_record
from ringfence.layers.image.collect.reading.layer_record import LayerRecord
from ringfence.layers.image.collect.reading.layer_scan import MAX_NOTES, Budget, LayerScan, Searchers
from ringfence.layers.image.collect.reading.stored_image import StoredLayer
from ringfence.model.os_release import OsRelease

_ANALYSER = ("formats", "knowledge", "layers/image/collect", "model")


@dataclass(frozen=True, slots=True)
class Digests:
    """SHA-256 of a blob as stored, and of the tar in it."""

    stored: str
    plain: str


@dataclass(frozen=True, slots=True)
class LayerReading:
    """What reading a layer gave. `fault` is why it could not be read to its end; `digests` are None for a directory."""

    record: LayerRecord
    digests: Digests | None = None
    fault: RingfenceError | None = None


@dataclass
class LayerReader:
    """Reads the layers of one image, base first."""

    searchers: Searchers
    cache: ResultCache | None
    budget: Budget

    def read(self, layer: StoredLayer, inherited: OsRelease | None) -> LayerReading:
        """One layer's record. Raises nothing: what went wrong is in `fault` and the record's notes."""
        try:
            if layer.sealed:
                raise Unavailable(layer.sealed)
            digests = self._known_digests(layer)
            key = self._key(digests.plain, inherited) if digests is not None else ""
            record = self._kept(key)
            if record is not None:
                self.budget.take(list_bytes=record.list_bytes, marks=len(record.marks))
                return LayerReading(record, digests)
        except RingfenceError as fault:
            return LayerReading(LayerRecord(), fault=fault)
        if layer.directory:
            return self._read_directory(layer, inherited)
        reading = self._fetched(layer.fetch, inherited) if layer.fetch else self._read_blob(layer.extent, inherited)
        if self.cache is not None and reading.fault is None and reading.digests is not None:
            self._keep_digests(layer.extent, reading.digests)
            self.cache.put(self._key(reading.digests.plain, inherited), layer_record.encode(reading.record))
        return reading

    def _read_directory(self, layer: StoredLayer, inherited: OsRelease | None) -> LayerReading:
        """A directory has no digest that says what is in it: it is known by its entries' places, sizes and times."""
        directory = LayerDirectory(layer.directory, overlay=layer.overlay)
        try:
            key = self._key(f"{directory.identity()} {layer.overlay}", inherited) if self.cache is not None else ""
            if (kept := self._kept(key)) is not None:
                self.budget.take(list_bytes=kept.list_bytes, marks=len(kept.marks))
                return LayerReading(kept)
        except RingfenceError as fault:
            return LayerReading(LayerRecord(), fault=fault)
        scan = LayerScan(self.searchers, self.budget, inherited)
        directory = LayerDirectory(layer.directory, overlay=layer.overlay)
        try:
            scan.run(directory)
        except RingfenceError as fault:
            return LayerReading(scan.record(), fault=fault)
        for path in directory.unreadable[:MAX_NOTES]:
            scan.note(path, "could not be read")
        record = scan.record()
        if self.cache is not None and not directory.unreadable:
            self.cache.put(key, layer_record.encode(record))
        return LayerReading(record)

    def _fetched(self, fetch: Callable[[], IO[bytes]], inherited: OsRelease | None) -> LayerReading:
        try:
            with fetch() as file:
                return self._read_blob(blobs.open_extent(file), inherited)
        except RingfenceError as fault:
            return LayerReading(LayerRecord(), fault=fault)

    def _read_blob(self, extent: Extent | None, inherited: OsRelease | None) -> LayerReading:
        scan = LayerScan(self.searchers, self.budget, inherited)
        try:
            if extent is None:
                raise Unavailable("its bytes are not there")
            with BlobStream(extent) as stream:
                scan.run(TarReader(stream))
                stream.drain()
                digests = Digests(stream.stored_digest, stream.plain_digest)
                return LayerReading(scan.record(stream.plain_bytes), digests)
        except RingfenceError as fault:
            return LayerReading(scan.record(), fault=fault)

    def _known_digests(self, layer: StoredLayer) -> Digests | None:
        """What this very file was seen to hold, or what another of the same bytes was seen to hold; None if never read.

        Only if bytes were read before that hash to what the image says are these hashed first. Of a layer not fetched yet
        nothing needs hashing: its digest is its name.
        """
        extent, said = layer.extent, layer.digest or layer.diff_id
        if self.cache is None or (extent is None and layer.fetch is None):
            return None
        if extent is None:
            kept = self.cache.get(f"stored {said}")
            return Digests(said, kept.decode("ascii", "replace")) if kept is not None else None
        kept = self.cache.get(f"blob {blobs.identity(extent)}")
        if kept is not None:
            stored, _, plain = kept.decode("ascii", "replace").partition(" ")
            return Digests(stored, plain)
        kept = self.cache.get(f"stored {said}")
        if kept is None or blobs.stored_digest(extent) != said:
            return None
        digests = Digests(said, kept.decode("ascii", "replace"))
        self._keep_digests(extent, digests)
        return digests

    def _keep_digests(self, extent: Extent | None, digests: Digests) -> None:
        if self.cache is not None and extent is not None:
            self.cache.put(f"blob {blobs.identity(extent)}", f"{digests.stored} {digests.plain}".encode())
        if self.cache is not None:
            self.cache.put(f"stored {digests.stored}", digests.plain.encode())

    def _kept(self, key: str) -> LayerRecord | None:
        data = self.cache.get(key) if key and self.cache is not None else None
        return layer_record.decode(data) if data is not None else None

    def _key(self, diff_id: str, inherited: OsRelease | None) -> str:
        """The release that a layer inherits is part of what its record says of the packages in it."""
        said = f"{inherited.id} {inherited.version} {inherited.codename}" if inherited else ""
        return f"layer {diff_id} {self._analyser} {said}"

    @cached_property
    def _analyser(self) -> str:
        readers = ",".join(sorted(reader.ECOSYSTEM.slug for reader in self.searchers.dispatch.readers))
        return f"{packaged.fingerprint(*_ANALYSER)[:16]} {readers}"
