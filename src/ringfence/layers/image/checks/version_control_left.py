"""A repository with its history is in the image.

A `.git` folder holds every version of every file, also the ones that a secret was taken out of, the addresses and
often the credentials of its remotes, and names of people. If a web server serves the folder, all that is public. It
comes with `COPY .`. It is legitimate where the program itself works on the repository.
"""

from ringfence.layers.image.facts import Facts, as_lines, in_megabytes
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

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
    found = subject.left("version-control", least=1)
    if not found:
        whole = subject.seen_whole
        return Undecided(why=whole.reason) if isinstance(whole, Unknown) else Holds()
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return Broken(
        because=f"{in_megabytes(sum(item.size for item in found))} in {', '.join(item.path for item in found[:3])}{more}",
        at=found[0].at,
        evidence=as_lines(found),
    )
