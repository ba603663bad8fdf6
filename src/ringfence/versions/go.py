"""Go's versions: of modules (`v1.2.3`, pseudo-versions, `+incompatible`) and of Go itself (`go1.22.1`, `1.21rc2`).

Source: go.dev/ref/mod, "Versions" (semantic versions, whose build metadata never counts); go.dev/doc/toolchain, "Version
strings"; runtime.Version's documentation (`go1.22.1 X:boringcrypto` names experiments).
"""

import re

from ringfence.errors import Malformed
from ringfence.model.declare import Scheme
from ringfence.versions import semver

SCHEME = Scheme(slug="go", ecosystems=("Go",))

_TOOLCHAIN = re.compile(r"(?:go)?([0-9]+\.[0-9]+(?:\.[0-9]+)?)(?:(rc|beta)([0-9]+))?(?:[- ]X:\S+|-[0-9A-Za-z.+~-]*)?")
"""`go1.21rc2`, `go1.22.1 X:boringcrypto`, `go1.22.1-X:strictfipsruntime`, `go1.21.0-bigcorp`."""


def key(version: str) -> semver.Key:
    """A sort key. Raises `Malformed` for what is neither a module's version nor a toolchain's (`(devel)`)."""
    if len(version) > semver.MAX_LENGTH:
        raise Malformed("Go version", f"longer than {semver.MAX_LENGTH} characters")
    seen = _TOOLCHAIN.fullmatch(version)
    if seen and (version.startswith("go") or seen[2]):
        return semver.key(f"{seen[1]}-{seen[2]}.{seen[3]}" if seen[2] else seen[1])
    return semver.key(version.partition(" ")[0])
