"""Files of an image that a recorded workload never opened, by package: what a smaller image could do without.

Advice, not proof: what was not exercised was not opened.
"""

from collections.abc import Mapping

from ringfence.errors import UnreadableInput
from ringfence.model.knowledge import Known
from ringfence.model.recording import Recording, UnusedPackage

Owned = Mapping[str, Mapping[str, int]]
"""By package: its files, by their real path, with their size in bytes."""


def unused(recording: Recording, owned: Owned) -> tuple[UnusedPackage, ...]:
    """Every package with unused bytes, those of which nothing was opened first, the largest first.

    Raises `UnreadableInput` if the recording did not see files.
    """
    if not isinstance(recording.files, Known):
        raise UnreadableInput(recording.files.reason, mend="record again as root, with eBPF")
    opened = {use.path for use in recording.files.value}
    found = [
        UnusedPackage(
            name=name,
            files=len(files),
            opened=sum(path in opened for path in files),
            unused_bytes=sum(size for path, size in files.items() if path not in opened),
        )
        for name, files in owned.items()
    ]
    return tuple(sorted((item for item in found if item.unused_bytes), key=_order))


def _order(item: UnusedPackage) -> tuple[bool, int, str]:
    return item.opened > 0, -item.unused_bytes, item.name
