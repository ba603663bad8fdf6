"""A shell is in the image.

Nearly every intrusion goes on through a shell: a command injection needs one, and so does what is downloaded next. A
service started as a list of words runs without. What a shell is missed for can be had from outside: see
`no-way-to-observe`. It is legitimate where a script starts the program, and in an image meant to be built upon.
"""

from ringfence.layers.image.facts import Facts, in_megabytes
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="shell-present",
    severity="low",
    kind="bloat",
    remedy=(
        "Ship on a base without one (distroless, scratch); write ENTRYPOINT as a list of words, and debug with an ephemeral "
        "container that brings its own tools (`kubectl debug --image=busybox --target=CONTAINER POD`)."
    ),
    references=(
        "https://github.com/GoogleContainerTools/distroless",
        "https://kubernetes.io/docs/tasks/debug/debug-application/debug-running-pod/#ephemeral-container",
    ),
)


def check(subject: Facts) -> Outcome:
    """Whether the final tree has one."""
    found = [item for item in subject.tools if item.kind == "shell"]
    if not found:
        whole = subject.seen_whole
        return Undecided(why=whole.reason) if isinstance(whole, Unknown) else Holds()
    paths = tuple(item.path for item in found)
    more = f" and {len(paths) - 4} more" if len(paths) > 4 else ""
    size = in_megabytes(sum(item.size for item in found))
    return Broken(because=f"{', '.join(paths[:4])}{more}, {size}", at=found[0].at, evidence=paths)
