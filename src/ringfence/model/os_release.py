"""The distribution of a host or an image, from os-release(5)."""

from ringfence.model.fact import Fact

_OSV_NAMES = {
    "debian": "Debian",
    "ubuntu": "Ubuntu",
    "alpine": "Alpine",
    "wolfi": "Wolfi",
    "chainguard": "Chainguard",
    "almalinux": "AlmaLinux",
    "rocky": "Rocky Linux",
    "rhel": "Red Hat",
    "fedora": "Fedora",
    "amzn": "Amazon Linux",
    "ol": "Oracle Linux",
    "azurelinux": "Azure Linux",
    "mariner": "Azure Linux",
    "photon": "Photon OS",
    "sles": "SUSE",
    "opensuse-leap": "openSUSE",
    "openEuler": "openEuler",
    "mageia": "Mageia",
}
"""OSV's names ("Defined ecosystems"); Fedora, Amazon and Oracle have none there and get names of the same form."""

_TWO_NUMBERS = frozenset({"alpine", "ubuntu", "photon", "sles", "opensuse-leap", "openEuler"})


def has_advisories(id_: str) -> bool:
    """Whether advisories are published, and read here, for the distribution with this ID."""
    return id_ in _OSV_NAMES


class OsRelease(Fact):
    """`id` and `version` as os-release writes them (`debian` `12`, `alpine` `3.18.9`), `like` from ID_LIKE."""

    id: str
    version: str = ""
    name: str = ""
    codename: str = ""
    like: tuple[str, ...] = ()

    @property
    def cycle(self) -> str:
        """The release line that support and advisories speak of: `12`, `22.04`, `3.18`; empty when there is none."""
        parts = self.version.split(".")
        return ".".join(parts[:2]) if self.id in _TWO_NUMBERS else parts[0]

    @property
    def osv_ecosystem(self) -> str:
        """OSV's ecosystem with its release (`Debian:12`, `Alpine:v3.18`), or the bare id for one OSV has no name for."""
        name = _OSV_NAMES.get(self.id, self.id)
        if not self.cycle or name in ("Wolfi", "Chainguard"):
            return name
        return f"{name}:v{self.cycle}" if self.id == "alpine" else f"{name}:{self.cycle}"

    @property
    def distro_qualifier(self) -> str:
        """The `distro` qualifier of a purl: `debian-12`."""
        return f"{self.id}-{self.version}" if self.version else self.id
