"""The host's distribution gets no security fixes any more.

Kernel, container engine and every library on the host come from it. From its last day on each hole found stays, however
often the packages are updated.

Paid support (ELTS, Ubuntu Pro, extended life cycles) goes on longer; whether this host has it cannot be seen here.
"""

from ringfence.layers.kernel.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="host-distribution-end-of-life",
    severity="high",
    kind="misconfiguration",
    remedy="Move to a supported release of the distribution.",
    references=("https://endoflife.date/",),
)


def check(facts: Facts) -> Outcome:
    """By the day on which the facts were collected."""
    match facts.distribution_end:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(end) if not facts.collected_on:
            return Undecided(why=f"support ends on {end}, and these facts do not say of which day they are")
        case Known(end) if end < facts.collected_on:
            return Broken(
                because=f"support of {facts.kernel.distribution or 'this distribution'} ended on {end}",
                at=Location(path="/etc/os-release"),
                evidence=(f"judged as of {facts.collected_on}",),
            )
        case Known(_):
            return Holds()
