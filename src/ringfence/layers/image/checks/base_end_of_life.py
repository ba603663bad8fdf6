"""The image is built on a distribution release that gets no more security fixes.

Every hole found from then on stays open, and scanners go quiet about it, because the distribution no longer writes
advisories for that release: few findings on such a base are bad news. A release whose support ends within 90 days is
told beforehand.
"""

from datetime import date, timedelta

from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="base-end-of-life",
    severity="high",
    kind="misconfiguration",
    remedy="Rebuild on a supported release of the distribution.",
    references=("https://endoflife.date", "https://wiki.debian.org/LTS"),
)

NOTICE_DAYS = 90
"""How long before the end it is told."""


def check(subject: Facts) -> Outcome:
    """Whether support had ended on the day of collection. A date that is none is not decided upon."""
    match subject.end_of_life:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(end):
            try:
                left = date.fromisoformat(end) - date.fromisoformat(subject.collected_on)
            except ValueError:
                return Undecided(why=f"{end!r} is not a date")
    name = subject.os_release.value.name if isinstance(subject.os_release, Known) else "the distribution"
    if left < timedelta(0):
        return Broken(because=f"{name} has had no security support since {end}")
    if left <= timedelta(days=NOTICE_DAYS):
        return Broken(because=f"security support of {name} ends on {end}", severity=Severity.LOW)
    return Holds()
