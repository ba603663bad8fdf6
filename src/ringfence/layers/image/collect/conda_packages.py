"""Packages that conda, mamba or micromamba installed."""

from collections.abc import Iterator

from ringfence.formats import conda_meta, purl
from ringfence.model.declare import Ecosystem
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="conda-packages", files=("*conda-meta/*.json",))


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - all readers are asked alike
    """The one package of a record. Raises `Malformed`, `LimitExceeded`."""
    found = conda_meta.parse(data)
    named = purl.make("conda", found.name, found.version)
    channel = found.channel.rstrip("/").removesuffix(f"/{found.subdir}").rpartition("/")[2]
    said = (("build", found.build), ("channel", channel), ("subdir", found.subdir))
    qualifiers = "&".join(f"{key}={value}" for key, value in said if value.replace("_", "").replace("-", "").isalnum())
    return (
        Package(
            purl=f"{named}?{qualifiers}" if qualifiers else named,
            name=found.name,
            version=found.version,
            ecosystem="conda",
            licenses=(found.license,) if found.license else (),
        ),
    )


def owned(path: str, data: bytes) -> Iterator[tuple[str, str]]:
    """The files of the package, in the environment that the record lies in. Raises as `read`."""
    found = conda_meta.parse(data)
    root = path.rpartition("/")[0].rpartition("/")[0]
    yield from ((found.name, f"{root}/{file}") for file in found.files)
