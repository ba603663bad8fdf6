"""A workspace of Go modules: go.work. The modules' own go.mod say what they need."""

from ringfence.formats import go_sum
from ringfence.formats.locked import Member
from ringfence.layers.application.facts import Manifest
from ringfence.model.declare import Ecosystem
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="go-work", files=("go.work",))


def manifest(path: str, data: bytes) -> Manifest:
    """The modules that the workspace at `path` is made of. Raises `LimitExceeded`."""
    members = tuple(Member(name=folder, path=folder) for folder in go_sum.workspace(data))
    return Manifest(path=path, ecosystem="Go", lock=False, members=members)


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - every reader is told
    """None."""
    return ()
