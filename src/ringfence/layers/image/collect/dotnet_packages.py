"""NuGet packages of a .NET program, from the file that its runtime reads."""

from ringfence.formats import installed_json, purl
from ringfence.model.declare import Ecosystem
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="dotnet-packages", files=("*.deps.json",))


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - all readers are asked alike
    """The packages. Raises `Malformed`, `LimitExceeded`."""
    return tuple(
        Package(purl=purl.make("nuget", name, version), name=name, version=version, ecosystem="NuGet")
        for name, version in installed_json.dotnet(data)
    )
