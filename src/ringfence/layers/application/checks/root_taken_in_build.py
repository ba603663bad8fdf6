"""The build uses sudo.

What needs root in a build can be root by `USER`, and a sudo that is left in the image, often without a password, gives
every fault in the program a way back to root.
"""

from ringfence.formats.build_recipe import BuildStep
from ringfence.layers.application.evaluate import build_commands
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="root-taken-in-build",
    severity="low",
    kind="misconfiguration",
    remedy="Use `USER root` around the step, and do not install sudo; in an entry point use `setpriv` or `gosu`.",
    references=(
        "https://docs.docker.com/build/building/best-practices/#user",
        "https://github.com/hadolint/hadolint/wiki/DL3004",
    ),
    aliases=("hadolint DL3004",),
)


def check(subject: BuildStep) -> Outcome:
    """Whether sudo is used or installed."""
    for command in subject.commands:
        if "sudo" in command.through or command.program == "sudo":
            return Broken(because=f"sudo runs {command.program}", at=subject.at)
    for found in build_commands.installs(subject):
        if subject.final and "sudo" in found.packages:
            return Broken(because="sudo is installed", at=subject.at)
    return Holds()
