"""A package: what is installed or locked, under the name its ecosystem gives it."""

from ringfence.model.fact import Fact
from ringfence.model.location import Location


class Package(Fact):
    """One package at one version.

    `ecosystem` is OSV's name (`PyPI`, `npm`, `Go`, `Debian:12`, `Alpine:v3.18`), which tells the advisory namespace and,
    with `versions`, the order of versions. Distributions publish advisories under the *source* package: `source_name` and
    `source_version` are empty where they equal the binary's. `dev` marks what only development needs. `owned_by` is the
    purl of the OS package that owns this package's files. `direct` says whether a project asks for it itself (None: nobody
    says), `through` is the way by which it comes in otherwise: names with versions, from the direct dependency on.
    `linked` tells which functions of a Go module are in the program (`formats.go_pclntab.fingerprint`); empty where that is
    not known.
    """

    purl: str
    name: str
    version: str
    ecosystem: str
    arch: str = ""
    source_name: str = ""
    source_version: str = ""
    licenses: tuple[str, ...] = ()
    locations: tuple[Location, ...] = ()
    layer_digest: str = ""
    owned_by: str = ""
    dev: bool = False
    direct: bool | None = None
    through: tuple[str, ...] = ()
    linked: str = ""

    @property
    def advisory_name(self) -> str:
        """The name that advisories use."""
        return self.source_name or self.name

    @property
    def advisory_version(self) -> str:
        """The version that advisories compare with."""
        return self.source_version or self.version
