"""Documentation is in the image.

Nobody reads manuals inside a container. What licences ask for (Debian's `copyright` files) may stay, and is small.
It is legitimate in an image that people work in.
"""

from ringfence.layers.image.facts import Facts, as_lines, in_megabytes
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="documentation-left",
    severity="negligible",
    kind="bloat",
    remedy=(
        "Leave it out where packages are unpacked: `path-exclude=/usr/share/doc/*` in /etc/dpkg/dpkg.cfg.d, "
        "`--nodocs` for dnf, no `-doc` packages for apk."
    ),
    references=(
        "https://wiki.ubuntu.com/ReducingDiskFootprint",
        "https://man7.org/linux/man-pages/man1/dpkg.1.html",
    ),
)


def check(subject: Facts) -> Outcome:
    """Whether the final tree has a megabyte of it."""
    found = subject.left("documentation")
    if not found:
        whole = subject.seen_whole
        return Undecided(why=whole.reason) if isinstance(whole, Unknown) else Holds()
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return Broken(
        because=f"{in_megabytes(sum(item.size for item in found))} in {', '.join(item.path for item in found[:3])}{more}",
        at=found[0].at,
        evidence=as_lines(found),
    )
