"""A file that usually holds credentials is copied into the image.

It stays in the layer for everybody who may pull the image, also if a later step deletes it. In a stage that is thrown
away it stays in the build cache, which is often shared.

Legitimate for an `.npmrc` without a token and for keys that are made to be public, such as those of tests.
"""

from ringfence.formats.build_recipe import BuildCopy
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="credential-file-copied",
    severity="high",
    kind="misconfiguration",
    remedy=(
        "Mount it for the one step that needs it (`RUN --mount=type=secret,target=/root/.npmrc ...`) and list"
        " it in `.dockerignore`."
    ),
    references=("https://docs.docker.com/build/building/secrets/",),
    confidence="medium",
)


def check(subject: BuildCopy) -> Outcome:
    """Whether a copied file is named as files with credentials are."""
    if subject.source_stage:
        return NotApplicable(why="it copies out of another stage or image")
    if subject.credentials:
        file, where = subject.credentials[0], "the image" if subject.final else "a stage"
        why = f"{file.path} goes into {where}; such files hold {file.holds}"
        return Broken(because=why, at=subject.at, severity=None if subject.final else Severity.MEDIUM)
    if any("$" in source for source in subject.sources):
        return Undecided(why="a variable names what is copied")
    return Holds()
