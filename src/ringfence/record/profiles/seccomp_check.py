"""Whether a filter lets pass what a recording has seen."""

from collections.abc import Iterable

from ringfence.model.fact import Fact
from ringfence.model.knowledge import known_or
from ringfence.model.recording import ArgumentUse, Entry, Recording
from ringfence.model.syscall_filter import Passage, SyscallFilter, passage

FALLS_BACK = frozenset({"clone3", "openat2", "faccessat2", "statx", "close_range", "rseq"})
"""Calls whose callers go on with an older one when they are answered ENOSYS (glibc 2.34 and later, Go, systemd)."""
ENOSYS = 38


class Denied(Fact):
    """A call that was made and would be refused. `because` tells arguments and architecture."""

    name: str
    because: str
    harmless: bool = False
    """Whether the caller is known to go on without it."""


def denied(recording: Recording, filter_: SyscallFilter) -> tuple[Denied, ...]:
    """Every call of the recording, its runtime's included, that the filter refuses, by name."""
    uses = known_or(recording.arguments, ())
    found: dict[str, Denied] = {}
    for use in recording.calls:
        if use.name.startswith("("):
            found[use.name] = Denied(name=use.name, because="an unusual entry or number was used; look at it by hand")
            continue
        if use.entry is Entry.I386 and "SCMP_ARCH_X86" not in filter_.architectures:
            found[f"{use.name} (i386)"] = Denied(name=use.name, because="a 32-bit call, and SCMP_ARCH_X86 is not listed")
            continue
        if answer := _answer(use.name, uses, filter_):
            found[use.name] = answer
    return tuple(found[name] for name in sorted(found))


def allowed(filter_: SyscallFilter, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names that pass with some arguments at least."""
    return tuple(name for name in sorted(names) if passage(filter_, name) is not Passage.DENIED)


def _answer(name: str, uses: Iterable[ArgumentUse], filter_: SyscallFilter) -> Denied | None:
    match passage(filter_, name):
        case Passage.ALLOWED:
            return None
        case Passage.DENIED:
            soft = name in FALLS_BACK and filter_.default_errno == ENOSYS
            because = "it is not allowed" + (", and its caller falls back on ENOSYS" if soft else "")
            return Denied(name=name, because=because, harmless=soft)
        case Passage.DEPENDS:
            refused = [
                use.values
                for use in uses
                if use.name == name and passage(filter_, name, dict(use.values)) is not Passage.ALLOWED
            ]
            if not refused:
                return None
            shown = ", ".join(f"argument {index} = {value:#x}" for index, value in refused[0])
            return Denied(name=name, because=f"it is not allowed with {shown} ({len(refused)} combinations)")
