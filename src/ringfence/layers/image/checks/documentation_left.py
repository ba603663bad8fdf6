"""Documentation is in the image.

Nobody reads manuals inside a container. What licences ask for (Debian's `copyright` files) may stay, and is small.
It is legitimate in an image that people work in.
"""

from ringfence.layers.image.evaluate import alike
from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

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
    return alike.left_over(subject, "documentation")
