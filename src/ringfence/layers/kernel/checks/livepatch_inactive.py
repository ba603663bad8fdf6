"""A live patch is loaded, but not in force.

Who patches the running kernel counts the hole as mended. A patch that was disabled, or that waits for a process which
never leaves the old code, mends nothing.

A transition takes seconds on an idle machine and may take minutes under load.
"""

from ringfence.layers.kernel.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="livepatch-inactive",
    severity="medium",
    kind="misconfiguration",
    remedy="Enable it (`echo 1 > /sys/kernel/livepatch/NAME/enabled`), end the processes that hold it up, or reboot.",
    references=("https://docs.kernel.org/livepatch/livepatch.html",),
)


def check(facts: Facts) -> Outcome:
    """By the state of each patch."""
    match facts.livepatches:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(()):
            return NotApplicable(why="no live patch is loaded")
        case Known(patches):
            idle = [item.name for item in patches if not item.enabled or item.in_transition]
            if not idle:
                return Holds()
            at = Location(path=f"/sys/kernel/livepatch/{idle[0]}")
            return Broken(because=f"not in force: {', '.join(idle)}", at=at)
