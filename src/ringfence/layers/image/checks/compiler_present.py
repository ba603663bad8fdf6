"""A compiler is in the image.

A compiler turns an intruder's source into a program for this very kernel and library, and it brings hundreds of
megabytes with it. An image that runs a finished program needs none; a build image is the exception.
"""

from ringfence.layers.image.facts import Facts, in_megabytes
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="compiler-present",
    severity="medium",
    kind="bloat",
    remedy="Build in a stage of its own and copy only the result into the final image (multi-stage build).",
    references=("https://docs.docker.com/build/building/multi-stage/", "https://csrc.nist.gov/pubs/sp/800/190/final"),
)


def check(subject: Facts) -> Outcome:
    """Whether the final tree has one."""
    found = [item for item in subject.tools if item.kind == "compiler"]
    if not found:
        whole = subject.seen_whole
        return Undecided(why=whole.reason) if isinstance(whole, Unknown) else Holds()
    paths = tuple(item.path for item in found)
    more = f" and {len(paths) - 4} more" if len(paths) > 4 else ""
    packages = {item.package: item.package_bytes for item in found if item.package}
    size = in_megabytes(sum(packages.values()) + sum(item.size for item in found if not item.package))
    lines = tuple(f"{name}: {in_megabytes(weight)}" for name, weight in sorted(packages.items(), key=lambda pair: -pair[1]))
    return Broken(because=f"{', '.join(paths[:4])}{more}, {size}", at=found[0].at, evidence=(*paths, *lines))
