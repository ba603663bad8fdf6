"""Source trees as their publishers released them: from PyPI and npm, pinned by hash, unpacked by name and never run.

Kept in the user's cache folder by hash. Which index is asked is pip's own configuration's to say.
"""

import base64
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from urllib.parse import urljoin

import pytest

from ringfence.errors import RingfenceError
from ringfence.io.http import Http

MAX_BYTES = 64 * 1024 * 1024
KEPT = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ringfence-tests"


def sdist(name: str, version: str, sha256: str, root: Path) -> Path:
    """The tree of a source distribution, unpacked under `root`. Skips where the index cannot be reached."""
    data = _kept(sha256) or _fetched(name, version, sha256)
    assert hashlib.sha256(data).hexdigest() == sha256, "the index gave other bytes"
    (KEPT / sha256).write_bytes(data)
    return _unpacked(data, root / f"{name}-{version}")


def tarball(name: str, version: str, integrity: str, root: Path) -> Path:
    """The tree of an npm package. Skips where npm is missing or its registry cannot be reached."""
    digest = base64.b64decode(integrity.removeprefix("sha512-")).hex()
    data = _kept(digest)
    if data is None:
        try:
            words = ["npm", "pack", f"{name}@{version}", "--silent", "--ignore-scripts", "--pack-destination", str(root)]
            subprocess.run(words, check=True, capture_output=True, timeout=300)
        except (OSError, subprocess.SubprocessError) as cause:
            pytest.skip(f"npm cannot fetch {name} {version}: {cause}")
        (path,) = root.glob("*.tgz")
        data = path.read_bytes()
    assert hashlib.sha512(data).hexdigest() == digest, "the registry gave other bytes"
    (KEPT / digest).write_bytes(data)
    return _unpacked(data, root / f"{name}-{version}")


def module(path: str, version: str, total: str) -> Path:
    """The folder of a Go module in Go's own cache, its hash checked by Go. Skips without Go or its proxy."""
    if shutil.which("go") is None:
        pytest.skip("go is missing: apt-get install golang-go")
    words = ["go", "mod", "download", "-json", f"{path}@{version}"]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"}
        done = subprocess.run(words, capture_output=True, text=True, cwd=folder, env=environment, check=False, timeout=300)
    if done.returncode:
        pytest.skip(f"go cannot fetch {path} {version}: {done.stderr[:200] or done.stdout[:200]}")
    told = json.loads(done.stdout)
    assert told["Sum"] == total, "the proxy gave other bytes"
    return Path(told["Dir"])


def _kept(digest: str) -> bytes | None:
    KEPT.mkdir(parents=True, exist_ok=True)
    path = KEPT / digest
    return path.read_bytes() if path.exists() else None


def _fetched(name: str, version: str, sha256: str) -> bytes:
    index = os.environ.get("PIP_INDEX_URL") or _pip("global.index-url") or "https://pypi.org/simple"
    page = f"{index.rstrip('/')}/{name}/"
    links = re.findall(r'href="([^"]+)"', _get(page, name).decode("utf-8", "replace"))
    stem = "[-_.]".join(re.escape(part) for part in re.split("[-_.]", name))
    wanted = re.compile(rf"{stem}-{re.escape(version)}\.tar\.gz")
    for link in links:
        address = link.partition("#")[0]
        if wanted.fullmatch(address.rpartition("/")[2]):
            return _get(urljoin(page, address), name)
    pytest.skip(f"{page} has no source distribution of {name} {version} ({sha256[:12]})")


def _pip(key: str) -> str:
    done = subprocess.run([sys.executable, "-m", "pip", "config", "get", key], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _get(url: str, name: str) -> bytes:
    http = Http(max_bytes=MAX_BYTES, total_seconds=300, sleep=lambda _seconds: None)
    try:
        file = http.fetch(url)
        if file is None:
            pytest.skip(f"the index does not have {name}")
        with file:
            return file.read()
    except RingfenceError as cause:
        pytest.skip(f"the index cannot be reached for {name}: {cause.wrong}")
    finally:
        http.close()


def _unpacked(data: bytes, root: Path) -> Path:
    """Regular files only, below `root`, the archive's own first folder taken off."""
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            parts = Path(member.name).parts[1:]
            source = archive.extractfile(member) if member.isreg() and parts and ".." not in parts else None
            if source:
                path = root.joinpath(*parts)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(source.read())
    return root


def trees(path: Path) -> list[dict[str, str]]:
    """The list of trees at `path`: name, version and hash of each, and what it is there for."""
    found: list[dict[str, str]] = json.loads(path.read_text())["trees"]
    return found
