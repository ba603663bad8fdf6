"""A shell stands between the engine and the program.

In the form of a text the program is started by `sh -c`: the shell is process 1, does not pass SIGTERM on, and the engine
kills the program after its patience. Variables in the text are also split and expanded by the shell, from whatever the
environment holds.

Legitimate where the text begins with `exec`.
"""

from ringfence.formats.build_recipe import Command
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="program-behind-shell",
    severity="low",
    kind="misconfiguration",
    remedy='Write the words as a list: `CMD ["program", "--option"]`; or `exec program` in the text.',
    references=(
        "https://docs.docker.com/reference/build-checks/json-args-recommended/",
        "https://github.com/hadolint/hadolint/wiki/DL3025",
    ),
    aliases=("hadolint DL3025",),
)


def check(subject: Command) -> Outcome:
    """Whether the program gets its signals itself."""
    if not subject.shell or not subject.commands:
        return Holds()
    if any("exec" in command.through for command in subject.commands):
        return Holds()
    return Broken(because=f"{subject.kind} starts {subject.commands[-1].program} through a shell", at=subject.at)
