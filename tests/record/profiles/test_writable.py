"""The writable places of a read-only root cover every write, and nothing of the kernel's own."""

from hypothesis import given

from record.recordings import recordings
from ringfence.model.knowledge import Known
from ringfence.model.recording import Access, FileUse, Phase, Recording
from ringfence.record.profiles.writable import KERNEL_OWN, places


def use(path: str, access: Access = Access.WRITE, phase: Phase = Phase.SERVING) -> FileUse:
    return FileUse(path=path, access=access, phase=phase, executables=("/bin/x",))


def test_places_are_the_outermost_directories() -> None:
    files = (
        use("/var/lib/app/data/1"),
        use("/var/lib/app/state"),
        use("/tmp/deep/x"),
        use("/dev/null"),
        use("/etc/passwd", Access.READ),
        use("/var/log/x", phase=Phase.RUNTIME),
    )
    found = places(Recording(files=Known(files)))
    assert isinstance(found, Known)
    assert [(place.path, place.files, place.by_default) for place in found.value] == [
        ("/tmp", 1, True),
        ("/var/lib/app", 2, False),
    ]


@given(recordings())
def test_every_write_is_covered(recording: Recording) -> None:
    found = places(recording)
    if not (isinstance(found, Known) and isinstance(recording.files, Known)):
        return
    for item in recording.files.value:
        if item.access in (Access.WRITE, Access.CHANGE) and item.phase is not Phase.RUNTIME:
            covered = any(item.path.startswith(f"{place.path.rstrip('/')}/") for place in found.value)
            assert covered or item.path.startswith(KERNEL_OWN)
