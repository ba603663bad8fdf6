"""Files of `/etc/modprobe.d`: which modules are not to be loaded.

Source: modprobe.d(5). `blacklist` only hides a module's aliases from automatic loading; `install NAME COMMAND` runs the
command in place of loading, so that `/bin/false` or `/bin/true` there refuses the module whoever asks.
"""

from ringfence.errors import LimitExceeded
from ringfence.model.fact import Fact

MAX_BYTES = 4 * 1024 * 1024
"""Bytes of one file; the longest of a distribution (aliases of network hardware) has some 100,000."""
REFUSALS = frozenset({"/bin/false", "/bin/true", "/usr/bin/false", "/usr/bin/true", "false", "true", "/sbin/nologin", ":"})
"""Commands that do nothing, in place of loading a module."""


class ModuleRules(Fact):
    """`barred` are never loaded through modprobe, `hidden` not by their aliases. Names as the kernel writes them (`_`)."""

    barred: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


def parse(data: bytes) -> ModuleRules:
    """The rules of one file. Raises `LimitExceeded` past `MAX_BYTES`, nothing else: a line of another kind says nothing."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of a modprobe configuration", MAX_BYTES)
    barred: dict[str, None] = {}
    hidden: dict[str, None] = {}
    for line in data.decode("utf-8", "replace").replace("\\\n", " ").splitlines():
        words = line.split()
        if len(words) >= 3 and words[0] == "install" and words[2] in REFUSALS:
            barred[words[1].replace("-", "_")] = None
        elif len(words) >= 2 and words[0] == "blacklist":
            hidden[words[1].replace("-", "_")] = None
    return ModuleRules(barred=tuple(barred), hidden=tuple(hidden))
