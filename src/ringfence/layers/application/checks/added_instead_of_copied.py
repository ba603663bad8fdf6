"""ADD is used where COPY would do.

ADD unpacks archives and fetches addresses, whatever the name in front of it turns out to be: a file that somebody else
put into the context is unpacked into the image.

Legitimate for archives that shall be unpacked.
"""

from ringfence.formats.build_recipe import BuildCopy
from ringfence.layers.application.evaluate import finished_image
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, NotApplicable, Outcome

CHECK = Check(
    slug="added-instead-of-copied",
    severity="low",
    kind="misconfiguration",
    remedy="Write COPY; where an archive is meant, keep ADD.",
    references=(
        "https://docs.docker.com/build/building/best-practices/#add-or-copy",
        "https://github.com/hadolint/hadolint/wiki/DL3020",
    ),
    aliases=("hadolint DL3020", "CIS Docker 4.9"),
)


def check(subject: BuildCopy) -> Outcome:
    """Whether ADD does something that COPY cannot."""
    if finished_image.needless_add(subject):
        return Broken(because=f"ADD {subject.sources[0]} does nothing that COPY does not", at=subject.at)
    return NotApplicable(why="it is no ADD, or one of an archive or an address")
