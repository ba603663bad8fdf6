"""The kernel's branch gets no fixes any more.

Every week brings fixes to the branches that are alive. In one that is not, each hole found from now on stays, and
exploits for holes in the kernel are the shortest way out of any container.

Where a distribution or a vendor keeps the branch alive by itself, its dates count and not kernel.org's; for those
this check does not decide.
"""

from ringfence.layers.kernel.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="kernel-end-of-life",
    severity="high",
    kind="misconfiguration",
    remedy="Move to a kernel of a long-term branch, or to the next release of the distribution.",
    references=(
        "https://www.kernel.org/category/releases.html",
        "https://endoflife.date/linux",
    ),
)


def check(facts: Facts) -> Outcome:
    """By the day on which the facts were collected."""
    match facts.end_of_life:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(""):
            return Holds()
        case Known(end) if not facts.collected_on:
            return Undecided(why=f"support ends on {end}, and these facts do not say of which day they are")
        case Known(end) if end < facts.collected_on:
            return Broken(
                because=f"support of this branch ended by {end}",
                at=Location(path="/proc/version"),
                evidence=(f"kernel: {facts.component.label}", f"judged as of {facts.collected_on}"),
            )
        case Known(_):
            return Holds()
