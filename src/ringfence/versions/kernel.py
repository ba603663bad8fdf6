"""The order of Linux kernel versions: `6.1-rc7` < `6.1` = `6.1.0` < `6.1.119` < `6.2-rc1`.

Source: Documentation/process/2.Process.rst and kernel.org's releases page. What a distribution appends (`-28-amd64`,
`-1~bpo12+1`, `.el9`) is not upstream's and does not count here; distributions' own order is another scheme's business.
"""

import re

from ringfence.errors import Malformed
from ringfence.model.declare import Scheme
from ringfence.model.knowledge import Known, Maybe, Unknown

SCHEME = Scheme(slug="kernel", ecosystems=("Linux",))

_FINAL = 1 << 30
"""Ranks a release after all its candidates."""
_VERSION = re.compile(r"v?([0-9]{1,6}(?:\.[0-9]{1,6}){0,4})(?:[-~.](?:0\.)?rc([0-9]{1,4}))?(?![0-9])")
_ABI = re.compile(r"v?\d+\.\d+\.0-(?:\S+\.)?\d+-[a-z]")
_RED_HAT = re.compile(r"\.el\d|el\d+uek|\.(?:ol|al|an)\d")
_SUSE = re.compile(r"-\d{6}\.\d")


def key(version: str) -> tuple[tuple[int, ...], int]:
    """The sort key of a kernel version or release. Raises `Malformed` if it does not begin with a version."""
    numbers, candidate = _parts(version)
    while numbers and numbers[-1] == 0:
        numbers = numbers[:-1]
    return numbers, _FINAL if candidate is None else candidate


def upstream(release: str) -> str:
    """The part of a release that is upstream's: `6.18.44` of `6.18.44-fc-v669`, `6.13.0-rc5` of `6.13.0-0.rc5.42.fc42`.

    What it names is not always what is in it: see `upstream_told`. Raises `Malformed` as `key`.
    """
    numbers, candidate = _parts(release)
    written = ".".join(str(number) for number in numbers)
    return written if candidate is None else f"{written}-rc{candidate}"


def branch(version: str) -> str:
    """The stable branch a version belongs to: `6.1` for `6.1.119`, `2.6.32` for `2.6.32.71`. Raises `Malformed`."""
    numbers, _ = _parts(version)
    if len(numbers) < 2:
        raise Malformed("kernel version", f"{version[:40]!r} has no second number")
    # Until 2.6 a branch had three numbers, from 3.0 on it has two.
    return ".".join(str(number) for number in numbers[: 3 if numbers[0] == 2 else 2])


def upstream_told(release: str) -> Maybe[str]:
    """The upstream version, where uname's release tells it.

    It does not for Debian until 12 and for Ubuntu, which keep `.0-ABI` through all point releases, nor for Red Hat's and
    SUSE's kernels, which take fixes from newer versions without changing the number. Total: never raises.
    """
    try:
        version = upstream(release)
    except Malformed as problem:
        return Unknown(problem.diagnostics())
    if _ABI.match(release) and not _SUSE.search(release):
        return Unknown(f"the release {release} hides the point release; the kernel's package would tell it")
    if _RED_HAT.search(release) or _SUSE.search(release):
        return Unknown(f"the vendor of {release} adds fixes under an unchanged upstream version")
    return Known(version)


def takes_features(release: str) -> bool:
    """Whether the vendor of a release (uname's) adds features of newer versions to it, as Red Hat and SUSE do."""
    return bool(_RED_HAT.search(release) or _SUSE.search(release))


def _parts(version: str) -> tuple[tuple[int, ...], int | None]:
    matched = _VERSION.match(version.strip())
    if not matched:
        raise Malformed("kernel version", f"{version[:40]!r} does not begin with a version number")
    numbers = tuple(int(word) for word in matched.group(1).split("."))
    return numbers, int(matched.group(2)) if matched.group(2) else None


def flavour(release: str) -> str:
    """What kind of build a release is: `cloud` of `6.1.0-28-cloud-amd64`, `generic`, `aws`; empty for the plain one.

    Releases are compared only within one flavour: a cloud kernel is no update of a desktop's. Words with a digit name the
    machine or the distribution (`amd64`, `el9`, `x86_64`), not a kind.
    """
    words = re.split(r"[-.+_]", release)
    return "-".join(word for word in words if word and not any(char.isdigit() for char in word) and word != "x86")


def build_key(release: str) -> tuple[int, ...]:
    """The order of the builds of one flavour: every number in the release, in turn (`6.1.0-28` before `6.1.0-30`)."""
    return tuple(int(number[:9]) for number in re.findall(r"\d+", release))
