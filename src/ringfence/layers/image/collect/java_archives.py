"""Maven artifacts in Java archives."""

from ringfence.formats import java_archive, purl
from ringfence.model.declare import Ecosystem
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="java-archives", files=("*.jar", "*.war", "*.ear", "*.jpi", "*.hpi", "*.par"))


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - all readers are asked alike
    """The artifacts of an archive and of those inside it. Raises `Malformed`, `LimitExceeded`."""
    found = {(item.group, item.name, item.version) for item in java_archive.parse(data, path.rpartition("/")[2])}
    return tuple(_package(*item) for item in sorted(found))


def _package(group: str, name: str, version: str) -> Package:
    """Advisories name artifacts `GROUP:NAME`: one without a group matches none, and is listed all the same."""
    return Package(
        purl=purl.make("maven", f"{group}/{name}" if group else name, version),
        name=f"{group}:{name}" if group else name,
        version=version,
        ecosystem="Maven",
    )
