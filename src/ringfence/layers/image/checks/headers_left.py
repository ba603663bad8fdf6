"""Headers and source code of libraries are in the image.

Headers, pkg-config files and sources serve compilers. In an image that runs a finished program they are weight, and the
`-dev` packages that bring them are matched with advisories of their own (the kernel's headers alone with hundreds).
A build image is the exception.
"""

from ringfence.layers.image.evaluate import alike
from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="headers-left",
    severity="low",
    kind="bloat",
    remedy=("Install `-dev` packages in a build stage only, and copy the result into the final image (multi-stage build)."),
    references=("https://docs.docker.com/build/building/multi-stage/",),
)


def check(subject: Facts) -> Outcome:
    """Whether the final tree has a megabyte of them."""
    return alike.left_over(subject, "headers")
