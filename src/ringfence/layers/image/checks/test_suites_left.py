"""Test suites of libraries are in the image.

Packages of Python, Node.js and Ruby often bring their tests along. Nothing imports them at run time; they hold sample
keys and certificates that secret scanners rightly stop at, and code that was never meant to be reachable. It is
legitimate in an image that runs those tests.
"""

from ringfence.layers.image.facts import Facts, as_lines, in_megabytes
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="test-suites-left",
    severity="negligible",
    kind="bloat",
    remedy=(
        "Delete `tests` folders in the step that installs the packages, or copy only what is imported into the final image."
    ),
    references=("https://docs.docker.com/build/building/multi-stage/",),
)


def check(subject: Facts) -> Outcome:
    """Whether the final tree has a megabyte of them."""
    found = subject.left("tests")
    if not found:
        whole = subject.seen_whole
        return Undecided(why=whole.reason) if isinstance(whole, Unknown) else Holds()
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return Broken(
        because=f"{in_megabytes(sum(item.size for item in found))} in {', '.join(item.path for item in found[:3])}{more}",
        at=found[0].at,
        evidence=as_lines(found),
    )
