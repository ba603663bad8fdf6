"""go.mod replaces a module by a folder.

What is built is then not what the module's version says, and neither go.sum nor any advisory speaks about it: a copy with a
known hole, or a change nobody reviewed, goes by the name of a good version. Elsewhere the build may differ.

It is legitimate inside one repository with several modules; a workspace (go.work) says the same without touching go.mod.
"""

from ringfence.layers.application.facts import Replacement
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="local-replace-directive",
    severity="medium",
    kind="integrity",
    remedy="Remove the replace directive and require the released version; use go.work while developing.",
    references=("https://go.dev/ref/mod#go-mod-file-replace", "https://go.dev/ref/mod#workspaces"),
)


def check(subject: Replacement) -> Outcome:
    """Whether the replacement is a folder; one inside the repository weighs less."""
    if not subject.local:
        return Holds()
    inside = subject.by.startswith("./")
    return Broken(
        because=f"{subject.module} is replaced by the folder {subject.by}",
        at=subject.at,
        severity=Severity.LOW if inside else None,
    )
