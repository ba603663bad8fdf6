"""The image has packages that the distribution gives no more security support, though the release itself has it.

Debian keeps lists of such packages: web engines that cannot be backported, languages' libraries whose makers stopped. For
these no advisory will come, so a scan finds nothing. The lists are the feed `debian-support`; without it nothing is told.
"""

from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="package-support-ended",
    severity="medium",
    kind="misconfiguration",
    remedy="Remove the package, take it from a newer release, or use it on trusted input only, as the list says.",
    references=("https://wiki.debian.org/DebianSecurity/debian-security-support",),
)

MOST = 4
"""Packages named in the title; the evidence has all."""


def check(subject: Facts) -> Outcome:
    """Whether any package is on the lists; one with limited support alone weighs less."""
    found = subject.unsupported
    if not found:
        whole = subject.seen_whole
        return Undecided(why=whole.reason) if isinstance(whole, Unknown) else Holds()
    ended = [item for item in found if not item.limited]
    names = [item.package for item in ended or found]
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    what = "without security support" if ended else "with limited security support only"
    return Broken(
        because=f"{len(names)} packages {what}: {', '.join(names[:MOST])}{more}",
        severity=None if ended else Severity.LOW,
        evidence=tuple(item.told for item in found),
    )
