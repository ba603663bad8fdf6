"""A secret that is mounted for one step is written to a file.

The mount keeps it out of the image; a copy of it does not.

Legitimate where the file lies on a mount itself, or is deleted in the same step.
"""

from ringfence.formats.build_recipe import BuildStep
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome

CHECK = Check(
    slug="mounted-credential-kept",
    severity="high",
    kind="misconfiguration",
    remedy="Let the program read the mount where it is, or mount it where the program looks (`target=/root/.netrc`).",
    references=("https://docs.docker.com/build/building/secrets/",),
    confidence="medium",
)


def check(subject: BuildStep) -> Outcome:
    """Whether a mounted secret is copied to where it stays."""
    targets = [mount.target or "/run/secrets/" for mount in subject.mounts if mount.kind == "secret"]
    if not targets:
        return NotApplicable(why="no secret is mounted")
    removed = {word for command in subject.commands if command.program in ("rm", "shred") for word in command.words}
    for command in subject.commands:
        reads = any(target in word for word in command.words for target in targets)
        copies = command.program in ("cp", "install", "mv") and len(command.arguments) > 1
        kept = [*command.outputs, *(command.arguments[-1:] if copies else ())]
        left = [path for path in kept if path not in removed and not path.startswith(("/dev/", "&"))]
        if reads and left:
            where = "the image" if subject.final else "a stage"
            why = f"{command.program} writes the secret to {left[0]} in {where}"
            return Broken(because=why, at=subject.at, severity=None if subject.final else Severity.MEDIUM)
    return Holds()
