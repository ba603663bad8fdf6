"""Packages are in the image that the recorded workload never opened a file of.

A program that was watched over all it does opens what it needs. Packages of which nothing was opened are candidates
to leave out: less to pull, fewer advisories to match, fewer tools for an intruder. It is advice, not proof: what the
run did not exercise was not opened either, and a package may serve by scripts at installation alone.
"""

from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided
from ringfence.model.recording import NeverOpened

CHECK = Check(
    slug="package-never-opened",
    severity="low",
    kind="bloat",
    remedy=(
        "Leave the packages out (another base, `--no-install-recommends`, a final stage with only what is needed), then "
        "record again to see that nothing is missed."
    ),
    references=("https://csrc.nist.gov/pubs/sp/800/190/final",),
    confidence="medium",
)


def check(subject: NeverOpened) -> Outcome:
    """Whether there is a package with files of which none was opened."""
    if isinstance(subject.packages, Unknown):
        return Undecided(why=subject.packages.reason)
    found = [item for item in subject.packages.value if not item.opened]
    if not found:
        return Holds()
    watched = f" by {', '.join(subject.recordings[:2])}" if subject.recordings else ""
    total = sum(item.unused_bytes for item in found) / 1_000_000
    names = ", ".join(item.name for item in found[:4])
    more = f" and {len(found) - 4} more" if len(found) > 4 else ""
    lines = tuple(
        f"{item.name}: {item.opened:,} of {item.files:,} files opened, {item.unused_bytes / 1_000_000:,.1f} MB never"
        for item in subject.packages.value
    )
    count = f"{len(found)} package{'s' * (len(found) > 1)} ({total:,.1f} MB)"
    return Broken(because=f"nothing of {count} was opened{watched}: {names}{more}", evidence=lines)
