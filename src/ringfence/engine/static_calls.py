"""System calls that files can reach, sorted by what to do about them."""

from collections.abc import Sequence

from ringfence.engine.attack_surface import opened_by
from ringfence.io.rooted import Rooted
from ringfence.knowledge.runtime_defaults import default_filter
from ringfence.knowledge.system_calls import system_calls
from ringfence.model.fact import Fact
from ringfence.model.recording import Recording
from ringfence.model.syscall_filter import Passage, passage
from ringfence.record.static.module import MAX_BYTES
from ringfence.record.static.reach import reach

STRICTEST = "docker"
"""The engine whose default profile says which calls are ordinary."""


class Tiers(Fact):
    """Calls by what is known of them. `unseen` can be allowed; `risky` ask for a decision; `unexplained` were seen only.

    What was seen and cannot be reached points at code made at run time, a library loaded by name, or another program.
    """

    seen: tuple[str, ...]
    unseen: tuple[str, ...]
    risky: tuple[str, ...]
    unexplained: tuple[str, ...]
    places: dict[str, str]
    """Where each call that was not seen is made: file and function."""
    unresolved: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    functions: int = 0


def tiers(programs: Sequence[str], root: str, recording: Recording, also: Sequence[str] = ()) -> Tiers:
    """What the programs (paths under `root`) can call, beside what a recording has seen. Nothing is executed.

    Raises `Malformed` for what is no x86-64 ELF file, `Unavailable` for a path that is not there.
    """
    files = Rooted(root)
    found = [reach(program, lambda path: files.read(path, MAX_BYTES), also) for program in programs]
    names = {number: name for name, number in system_calls("x86_64").numbers.items()}
    places = {names[number]: place for item in found for number, place in item.numbers.items() if number in names}
    seen = recording.called()
    ordinary = default_filter(STRICTEST, 0)
    unseen = {name for name in places if name not in seen}
    risky = {name for name in unseen if passage(ordinary, name) is not Passage.ALLOWED or opened_by(name)}
    return Tiers(
        seen=tuple(sorted(seen & set(places))),
        unseen=tuple(sorted(unseen - risky)),
        risky=tuple(sorted(risky)),
        unexplained=tuple(sorted(seen - set(places))),
        places={name: places[name] for name in sorted(unseen)},
        unresolved=tuple(sorted({place for item in found for place in item.unresolved})),
        missing=tuple(sorted({name for item in found for name in item.missing})),
        functions=sum(item.functions for item in found),
    )
