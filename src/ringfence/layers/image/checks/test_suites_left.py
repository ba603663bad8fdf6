"""Test suites of libraries are in the image.

Packages of Python, Node.js and Ruby often bring their tests along. Nothing imports them at run time; they hold sample
keys and certificates that secret scanners rightly stop at, and code that was never meant to be reachable. It is
legitimate in an image that runs those tests.
"""

from ringfence.layers.image.evaluate import alike
from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

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
    return alike.left_over(subject, "tests")
