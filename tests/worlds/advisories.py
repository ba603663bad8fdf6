"""Small copies of OSV's bucket, made from records given as plain values."""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Record = Mapping[str, Any]


def record(id_: str, name: str = "jinja2", ecosystem: str = "PyPI", fixed: str = "2.0", **more: object) -> Record:
    events = [{"introduced": "0"}, *([{"fixed": fixed}] if fixed else [])]
    return {
        "id": id_,
        "modified": "2026-01-02T03:04:05Z",
        "summary": f"about {name}",
        "affected": [
            {"package": {"ecosystem": ecosystem, "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
        ],
        **more,
    }


def zipped(records: Iterable[Record]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for item in records:
            archive.writestr(f"{item['id']}.json", json.dumps(item))
    return out.getvalue()


def bucket(root: Path, ecosystems: Mapping[str, Iterable[Record]]) -> Path:
    """The folder of a bucket: all.zip, a file per record and the listing, newest first."""
    for name, records in ecosystems.items():
        held = list(records)
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "all.zip").write_bytes(zipped(held))
        for item in held:
            (folder / f"{item['id']}.json").write_text(json.dumps(item))
        newest = sorted(held, key=lambda item: str(item["modified"]), reverse=True)
        (folder / "modified_id.csv").write_text("".join(f"{item['modified']},{item['id']}\n" for item in newest))
    return root
