"""A repository with its history is in the image.

A `.git` folder holds every version of every file, also the ones that a secret was taken out of, the addresses and
often the credentials of its remotes, and names of people. If a web server serves the folder, all that is public. It
comes with `COPY .`. It is legitimate where the program itself works on the repository.
"""

from ringfence.layers.image.evaluate import alike
from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="version-control-left",
    severity="medium",
    kind="bloat",
    remedy=("Name it in `.dockerignore` (`.git`), or copy only the folders that the program needs."),
    references=(
        "https://docs.docker.com/build/concepts/context/#dockerignore-files",
        "https://cwe.mitre.org/data/definitions/527.html",
    ),
)


def check(subject: Facts) -> Outcome:
    """Whether the final tree has one."""
    return alike.left_over(subject, "version-control", least=1)
