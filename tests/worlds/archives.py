"""Small archives, as publishers pack them."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import zstandard


def tar_zst(path: Path, files: Mapping[str, bytes]) -> None:
    """A tar of the files, packed with zstd."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    path.write_bytes(zstandard.ZstdCompressor().compress(out.getvalue()))
