"""Headers and source code of libraries are in the image.

Headers, pkg-config files and sources serve compilers. In an image that runs a finished program they are weight, and the
`-dev` packages that bring them are matched with advisories of their own (the kernel's headers alone with hundreds).
A build image is the exception.
"""

from ringfence.layers.image.facts import Facts, as_lines, in_megabytes
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="headers-left",
    severity="low",
    kind="bloat",
    remedy=("Install `-dev` packages in a build stage only, and copy the result into the final image (multi-stage build)."),
    references=("https://docs.docker.com/build/building/multi-stage/",),
)


def check(subject: Facts) -> Outcome:
    """Whether the final tree has a megabyte of them."""
    found = subject.left("headers")
    if not found:
        whole = subject.seen_whole
        return Undecided(why=whole.reason) if isinstance(whole, Unknown) else Holds()
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return Broken(
        because=f"{in_megabytes(sum(item.size for item in found))} in {', '.join(item.path for item in found[:3])}{more}",
        at=found[0].at,
        evidence=as_lines(found),
    )
