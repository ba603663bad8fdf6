"""Python's versions, ordered by PEP 440 as the `packaging` library reads it.

Source: PEP 440 "Version specifiers", now the PyPA specification of the same name.
"""

from packaging.version import InvalidVersion, Version

from ringfence.errors import Malformed
from ringfence.model.declare import Scheme

SCHEME = Scheme(slug="pep440", ecosystems=("PyPI",))

MAX_LENGTH = 300
"""Characters of one version; the longest seen on PyPI is under 100, and `int` refuses numbers far above."""


def key(version: str) -> Version:
    """A sort key. Raises `Malformed` for what PEP 440 does not call a version."""
    if len(version) > MAX_LENGTH:
        raise Malformed("PEP 440 version", f"longer than {MAX_LENGTH} characters")
    try:
        return Version(version)
    except InvalidVersion as cause:
        raise Malformed("PEP 440 version", repr(version)) from cause
