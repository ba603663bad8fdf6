"""The image is built on more than its program needs.

What a base brings is pulled, patched and matched with advisories whether or not the program uses it: shells, package
managers, libraries. What the image runs tells which smaller base would do; whether it really does, only a test of the
program tells (scripts need a shell, native modules their C library). It is legitimate where people work in the image.
"""

from ringfence.layers.image.facts import Facts, SmallerBase, in_megabytes
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="smaller-base-would-do",
    severity="low",
    kind="bloat",
    remedy=(
        "Build as before, then start the last stage FROM one of the smaller bases named and copy the result into it; test "
        "that the program starts."
    ),
    references=(
        "https://docs.docker.com/build/building/best-practices/#choose-the-right-base-image",
        "https://github.com/GoogleContainerTools/distroless",
    ),
    confidence="medium",
)

SMALL_BYTES = 12_000_000
"""Bytes of a base (unpacked) that is small enough: Alpine's has 8 million."""


def check(subject: Facts) -> Outcome:
    """Whether the base has a shell or a package manager, is not small, and the table has a smaller one."""
    if isinstance(subject.base, Unknown):
        return Undecided(why=subject.base.reason)
    base = subject.base.value
    if not base.layers:
        return NotApplicable(why="it is built on no other image")
    whole = subject.seen_whole
    if isinstance(whole, Unknown):
        return Undecided(why=whole.reason)
    from_base = [item for item in subject.tools if item.at.in_base and item.kind in ("shell", "package-manager")]
    if not from_base or not base.smaller or 0 < base.size <= SMALL_BYTES:
        return Holds()
    size = f" ({in_megabytes(base.pull_size)} to pull)" if base.pull_size else f" ({in_megabytes(base.size)} unpacked)"
    made = f", made {base.made}," if base.made else ""
    runs = "a program of its own" if base.runs == "program" else base.runs
    return Broken(
        because=f"{base.called}{size}{made} carries more than {runs} needs; smaller: {', '.join(map(_line, base.smaller))}",
        at=Location(field=f"layers 0 to {base.layers - 1}", in_base=True),
        evidence=(f"told by {base.told_by}", *(f"{_line(item)}: {item.fits}" for item in base.smaller)),
    )


def _line(item: SmallerBase) -> str:
    return item.name if item.size is None else f"{item.name} ({in_megabytes(item.size)})"
