"""The image has packages of a distribution that is not known, so nobody's advisories are about them.

A scanner that does not know the distribution finds nothing, which looks like a clean image. Here it is a finding: either
the image has no `os-release` (a distribution's files copied into an empty image, or removed to make it small), or it is of
a distribution that publishes no advisories Ringfence reads.
"""

from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.os_release import has_advisories
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="distribution-unknown",
    severity="medium",
    kind="misconfiguration",
    remedy="Keep /etc/os-release in the image, or build on a distribution whose advisories are published.",
    references=("https://www.freedesktop.org/software/systemd/man/latest/os-release.html",),
)

_KINDS = ("pkg:deb/", "pkg:apk/", "pkg:rpm/", "pkg:alpm/")


def check(subject: Facts) -> Outcome:
    """Whether there are packages of a distribution, and it is one with advisories."""
    count = sum(item.purl.startswith(_KINDS) for item in subject.packages)
    if not count:
        return Holds()
    if isinstance(subject.os_release, Unknown):
        whole = subject.seen_whole
        if isinstance(whole, Unknown):
            return Undecided(why=whole.reason)
        return Broken(because=f"{count:,} packages of a distribution, and {subject.os_release.reason}: none can be assessed")
    release = subject.os_release.value
    if has_advisories(release.id):
        return Holds()
    return Broken(because=f"{count:,} packages of {release.name or release.id!r}, for which no advisories are read")
