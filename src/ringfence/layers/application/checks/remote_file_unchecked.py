"""ADD fetches from an address without a checksum.

What the address answers on the day of the build goes into the image, unpacked if it is an archive of a known kind.
"""

import re

from ringfence.formats.build_recipe import BuildCopy
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="remote-file-unchecked",
    severity="medium",
    kind="misconfiguration",
    remedy="Give its digest (`ADD --checksum=sha256:... URL DEST`); for a git repository name a commit behind `#`.",
    references=("https://docs.docker.com/reference/dockerfile/#add---checksum",),
    aliases=("CIS Docker 4.9",),
)


def check(subject: BuildCopy) -> Outcome:
    """Whether what ADD fetches is named by its content."""
    if not subject.add:
        return NotApplicable(why="COPY takes no address")
    for source in subject.sources:
        if not ADDRESS.match(source):
            continue
        commit = COMMIT.search(source)
        if subject.checksum or commit:
            continue
        plain = source.partition("?")[0]
        return Broken(because=f"{plain[:200]} is added as it comes", at=subject.at)
    if any(source.startswith("$") for source in subject.sources):
        return Undecided(why="a variable names what is added")
    return Holds()


ADDRESS = re.compile(r"(?:https?|ftp)://|git@|.*\.git(?:#|$)")
COMMIT = re.compile(r"#[0-9a-f]{40}(?::|$)")
