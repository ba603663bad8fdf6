"""Small images made in a test: layers of entries, and the forms of storage that hold them."""

import base64
import gzip
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import zstandard

from ringfence.engine import storeys
from ringfence.io.result_cache import ResultCache
from ringfence.io.rooted import Rooted
from ringfence.io.world import Target, World
from ringfence.layers.image.collect import (
    containerd,
    containers_storage,
    docker_archive,
    docker_daemon,
    oci_layout,
    registry,
    root_file_system,
)
from ringfence.layers.image.facts import Facts
from ringfence.model.finding import Problem

# Planted, never real, and in pieces so that no scanner of this repository takes them for real ones.
AWS_KEY = "AKIA" + "Z7QW3ERTYU5IOPAS"
AWS_SECRET = "wJalrXUtnFEMI/K7" + "MDENG/bPxRfiCYzQ" + "9vLk2T8x"
GITHUB_TOKEN = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3hJ5"
STRIPE_KEY = "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"

SOURCES = (containers_storage, docker_daemon, containerd, docker_archive, oci_layout, registry, root_file_system)


@dataclass(frozen=True)
class Entry:
    """One member of a layer."""

    name: str
    data: bytes = b""
    kind: bytes = tarfile.REGTYPE
    link: str = ""
    mode: int = 0o644
    device: tuple[int, int] = (0, 0)
    xattrs: dict[str, str] = field(default_factory=dict)


def file(name: str, data: bytes | str = b"", mode: int = 0o644, **xattrs: str) -> Entry:
    content = data.encode() if isinstance(data, str) else data
    return Entry(name, content, mode=mode, xattrs={key.replace("__", "."): value for key, value in xattrs.items()})


def directory(name: str, **xattrs: str) -> Entry:
    return Entry(
        name, kind=tarfile.DIRTYPE, mode=0o755, xattrs={key.replace("__", "."): value for key, value in xattrs.items()}
    )


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> Entry:
    return Entry(name, kind=kind, link=target)


def hard_link(name: str, target: str) -> Entry:
    return link(name, target, tarfile.LNKTYPE)


def tar_of(entries: Sequence[Entry]) -> bytes:
    """A layer's tar."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for entry in entries:
            made = tarfile.TarInfo(entry.name)
            made.type, made.linkname, made.mode, made.size = entry.kind, entry.link, entry.mode, len(entry.data)
            made.devmajor, made.devminor = entry.device
            made.pax_headers = {f"SCHILY.xattr.{key}": value for key, value in entry.xattrs.items()}
            archive.addfile(made, io.BytesIO(entry.data))
    return target.getvalue()


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def plain(data: bytes) -> bytes:
    return data


def zipped(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


PACKINGS: dict[str, Callable[[bytes], bytes]] = {"plain": plain, "gzip": zipped, "zstd": zstd}


@dataclass(frozen=True)
class BuiltImage:
    """An image in memory. `run` is its `config`; every layer has a history line `step N`."""

    layers: tuple[bytes, ...]
    run: dict[str, Any] = field(default_factory=dict)
    history: tuple[dict[str, Any], ...] | None = None

    @property
    def configuration(self) -> bytes:
        steps = [{"created_by": f"step {index}"} for index in range(len(self.layers))]
        document = {
            "architecture": "amd64",
            "os": "linux",
            "config": self.run,
            "rootfs": {"type": "layers", "diff_ids": [digest(layer) for layer in self.layers]},
            "history": list(self.history) if self.history is not None else steps,
        }
        return json.dumps(document).encode()

    def docker_archive(self, path: Path, packing: Callable[[bytes], bytes] = plain) -> str:
        """As `docker save` writes it."""
        name = digest(self.configuration).removeprefix("sha256:") + ".json"
        members = {f"{index}/layer.tar": packing(layer) for index, layer in enumerate(self.layers)}
        manifest = [{"Config": name, "RepoTags": ["localhost/x:1"], "Layers": list(members)}]
        write_tar(path, {**members, name: self.configuration, "manifest.json": json.dumps(manifest).encode()})
        return str(path)

    def oci_files(self, packing: Callable[[bytes], bytes] = plain) -> dict[str, bytes]:
        """The files of an OCI layout."""
        blobs = [packing(layer) for layer in self.layers]
        manifest = json.dumps(
            {
                "schemaVersion": 2,
                "config": {"digest": digest(self.configuration), "size": len(self.configuration)},
                "layers": [{"digest": digest(blob), "size": len(blob)} for blob in blobs],
            }
        ).encode()
        index = {"schemaVersion": 2, "manifests": [{"digest": digest(manifest), "size": len(manifest)}]}
        files = {blob_path(blob): blob for blob in (*blobs, self.configuration, manifest)}
        return {**files, "index.json": json.dumps(index).encode(), "oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}

    def oci_directory(self, path: Path, packing: Callable[[bytes], bytes] = plain) -> str:
        """An OCI layout in a folder."""
        for name, data in self.oci_files(packing).items():
            place = path / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        return str(path)

    def oci_archive(self, path: Path, packing: Callable[[bytes], bytes] = plain) -> str:
        """The same as a tar."""
        write_tar(path, self.oci_files(packing))
        return str(path)

    def store(self, host: Path, driver: str = "overlay") -> str:
        """Podman's store under `host`, made of what the layers hold (files, folders, links; no devices)."""
        root = host / "var/lib/containers/storage"
        identity = digest(self.configuration).removeprefix("sha256:")
        listed, parent = [], ""
        for index, layer in enumerate(self.layers):
            name = f"{index:064x}"
            listed.append({"id": name, "parent": parent, "diff-digest": digest(layer), "diff-size": len(layer)})
            parent = name
            folder = root / "overlay" / name / "diff"
            folder.mkdir(parents=True)
            unpack_own(layer, folder)
        image = {"id": identity, "layer": parent, "names": ["localhost/x:1"], "digest": "sha256:" + "0" * 64}
        for name, data in (
            (f"{driver}-images/images.json", json.dumps([image]).encode()),
            (f"{driver}-layers/layers.json", json.dumps(listed).encode()),
            (f"{driver}-images/{identity}/={base64.b64encode(f'sha256:{identity}'.encode()).decode()}", self.configuration),
        ):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(data)
        return "containers-storage:localhost/x:1"


def unpack_own(layer: bytes, folder: Path) -> None:
    """A layer that this test made, unpacked as an overlay store does it: whiteouts become devices, or attributes."""
    with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
        for member in archive:
            place = folder / member.name
            place.parent.mkdir(parents=True, exist_ok=True)
            if place.name == ".wh..wh..opq":
                os.setxattr(place.parent, "user.overlay.opaque", b"y")
            elif place.name.startswith(".wh."):
                os.mknod(place.with_name(place.name.removeprefix(".wh.")), 0o020000, 0)
            elif member.isdir():
                place.mkdir(exist_ok=True)
            elif member.issym():
                place.symlink_to(member.linkname)
            elif member.islnk():
                os.link(folder / member.linkname, place)
            elif member.isfile():
                content = archive.extractfile(member)
                place.write_bytes(content.read() if content else b"")
                place.chmod(member.mode)


def blob_path(data: bytes) -> str:
    return f"blobs/{digest(data).replace(':', '/')}"


def write_tar(path: Path, files: dict[str, bytes]) -> None:
    path.write_bytes(tar_of([file(name, data) for name, data in files.items()]))


@dataclass(frozen=True)
class Seen:
    """What collecting gave: the facts, and what could not be done."""

    facts: Facts
    problems: tuple[Problem, ...]

    @property
    def secrets(self) -> set[tuple[str, str, bool]]:
        """Rule, place (path or field) and whether it was deleted, of every secret."""
        return {(hit.rule, hit.at.path or hit.at.field, hit.at.deleted) for hit in self.facts.secrets}

    @property
    def places(self) -> set[tuple[str, bool]]:
        """Every place a secret stands in, and whether it was deleted there."""
        found = [at for hit in self.facts.secrets for at in (hit.at, *hit.also)]
        return {(at.path or at.field, at.deleted) for at in found}

    @property
    def packages(self) -> list[str]:
        return [f"{package.name} {package.version}" for package in self.facts.packages]


def look(
    ref: str,
    host: str = "/",
    cache: ResultCache | None = None,
    platform: str = "",
    *,
    offline: bool = False,
    list_files: bool = False,
) -> Seen:
    """What the sources make of a reference: one of them must know it."""
    problems: list[Problem] = []
    world = World(
        node="here",
        today="2026-01-01",
        host=Rooted(host),
        readers=storeys.readers(),
        cache=cache,
        offline=offline,
        list_files=list_files,
        report=problems.append,
    )
    (facts,) = [facts for source in SOURCES for facts in source.collect(Target("image", ref, platform), world)]
    return Seen(facts, tuple(problems))
