"""RPM's database of installed packages in each of its three forms, as headers."""

from collections.abc import Iterator

from ringfence.errors import Malformed
from ringfence.formats import rpm_bdb, rpm_ndb
from ringfence.io import database

PLACES = (
    *("var/lib/rpm/rpmdb.sqlite", "usr/lib/sysimage/rpm/rpmdb.sqlite", "usr/share/rpm/rpmdb.sqlite"),
    *("var/lib/rpm/Packages.db", "usr/lib/sysimage/rpm/Packages.db"),
    *("var/lib/rpm/Packages", "usr/lib/sysimage/rpm/Packages"),
)
"""Where distributions keep it, relative to the root. Source: rpm's `%_dbpath`, `%_db_backend` and rpm-ostree's own place."""
MAX_PACKAGES = 100_000
"""Packages in one database."""
MAX_BYTES = 1024 * 1024 * 1024
"""Most that is read of one; that of a full Fedora workstation has 100 MB."""


def headers(path: str, data: bytes) -> Iterator[bytes]:
    """The header of every package. Raises `Malformed`, `LimitExceeded`."""
    if path.endswith(".sqlite"):
        for row in database.rows_in(data, "SELECT blob FROM Packages", MAX_PACKAGES):
            if not isinstance(row[0], bytes):
                raise Malformed("RPM database", "a header is no blob")
            yield row[0]
    else:
        yield from rpm_ndb.headers(data) if path.endswith(".db") else rpm_bdb.headers(data)
