"""Optional parts of Ringfence: a command that needs one which is not installed says how to get it."""

from collections.abc import Iterator
from contextlib import contextmanager

from ringfence.errors import Unavailable

_OTHERS = {"pkcs11": "pkcs11", "sigstore": "keyless"}
"""Libraries of extras that a part of a command needs, whatever the command itself does."""


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Imports inside may need the extra named. Raises `Unavailable` with the command that installs it."""
    try:
        yield
    except ModuleNotFoundError as cause:
        if cause.name is not None and cause.name.partition(".")[0] == "ringfence":
            raise
        raise Unavailable(
            f"this command needs {cause.name}, which is not installed",
            mend=f"run: pip install 'ringfence[{_OTHERS.get(cause.name or '', extra)}]'",
        ) from cause
