"""The whole context is copied into the image, files with credentials included.

`COPY . .` takes what lies beside the Dockerfile unless `.dockerignore` leaves it out: settings, keys, logins. The build
service gets them too, whatever the Dockerfile copies.

Legitimate where the files are examples, or encrypted.
"""

from ringfence.formats.build_recipe import Recipe
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="context-ships-credentials",
    severity="high",
    kind="misconfiguration",
    remedy="List them in `.dockerignore`; better, ignore everything (`*`) and take back what the build needs (`!src`).",
    references=("https://docs.docker.com/build/concepts/context/#dockerignore-files",),
    confidence="medium",
)


def check(subject: Recipe) -> Outcome:
    """Whether files named as credentials are shipped with the context."""
    if subject.copies_context is None:
        return NotApplicable(why="no step copies the whole context")
    if isinstance(subject.context, Unknown):
        return Undecided(why=subject.context.reason)
    if not subject.context.value:
        return Holds()
    first, *others = subject.context.value
    more = f" and {len(others)} more files" if others else ""
    why = f"no .dockerignore leaves out {first.path} ({first.holds}){more}"
    at = Location(path=subject.path, line=subject.copies_context)
    return Broken(because=why, at=at, evidence=tuple(f"{file.path}: {file.holds}" for file in others))
