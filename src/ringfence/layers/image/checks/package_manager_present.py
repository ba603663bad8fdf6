"""A package manager is in the image.

With it an intruder installs what the attack lacks, and files change in a running container that the image's digest
does not cover. A final image needs none: install in a build stage and copy the result. An image meant to be built
upon is the exception.
"""

from ringfence.layers.image.facts import Facts, in_megabytes
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="package-manager-present",
    severity="low",
    kind="bloat",
    remedy=(
        "Install in a build stage and ship the result on a base without one (distroless, or remove it in the same layer)."
    ),
    references=("https://docs.docker.com/build/building/multi-stage/", "https://csrc.nist.gov/pubs/sp/800/190/final"),
)


def check(subject: Facts) -> Outcome:
    """Whether the final tree has one."""
    found = [item for item in subject.tools if item.kind == "package-manager"]
    if not found:
        whole = subject.seen_whole
        return Undecided(why=whole.reason) if isinstance(whole, Unknown) else Holds()
    paths = tuple(item.path for item in found)
    more = f" and {len(paths) - 4} more" if len(paths) > 4 else ""
    packages = {item.package: item.package_bytes for item in found if item.package}
    size = in_megabytes(sum(packages.values()) + sum(item.size for item in found if not item.package))
    lines = tuple(f"{name}: {in_megabytes(weight)}" for name, weight in sorted(packages.items(), key=lambda pair: -pair[1]))
    return Broken(because=f"{', '.join(paths[:4])}{more}, {size}", at=found[0].at, evidence=(*paths, *lines))
