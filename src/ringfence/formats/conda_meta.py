"""What conda keeps of an installed package: `conda-meta/NAME-VERSION-BUILD.json`.

Source: docs.conda.io, "Package metadata"; conda/models/records.py (`PrefixRecord`).
"""

import msgspec

from ringfence.errors import Malformed
from ringfence.formats import typed_json
from ringfence.model.fact import Fact

MAX_FILES = 1_000_000
"""Files of one package."""


class CondaPackage(Fact):
    """An installed package. `channel` may be a URL, `subdir` is conda's word for a platform (`linux-64`)."""

    name: str
    version: str
    build: str = ""
    channel: str = ""
    subdir: str = ""
    license: str | None = None
    files: tuple[str, ...] = msgspec.field(default_factory=tuple)


def parse(data: bytes) -> CondaPackage:
    """The package of a record. Raises `Malformed` if it has no name or version, `LimitExceeded`."""
    found = typed_json.decode(data, CondaPackage, "conda's record of a package")
    if not found.name or not found.version:
        raise Malformed("conda's record of a package", "it has no name or no version")
    return found
