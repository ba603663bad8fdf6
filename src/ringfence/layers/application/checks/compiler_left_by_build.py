"""Compilers and headers are installed in the stage that becomes the image.

The program does not need them to run. An attacker inside does: exploits of the kernel are compiled where they are used.
"""

import re

from ringfence.formats.build_recipe import BuildStep
from ringfence.layers.application.evaluate import build_commands
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome

CHECK = Check(
    slug="compiler-left-by-build",
    severity="low",
    kind="misconfiguration",
    remedy=(
        "Build in an earlier stage and `COPY --from` the result; or remove them in the same step (`apk add "
        "--virtual`, `apk del`)."
    ),
    references=("https://docs.docker.com/build/building/multi-stage/",),
    confidence="medium",
)


def check(subject: BuildStep) -> Outcome:
    """Whether compilers stay in the finished image."""
    if not subject.final:
        return NotApplicable(why="the stage is thrown away")
    removed = {word for command in subject.commands if not REMOVES.isdisjoint(command.words) for word in command.words}
    for found in build_commands.installs(subject):
        virtual = any(option.partition("=")[0] in ("--virtual", "-t") for option in found.options) and removed
        left = [
            name for name in found.packages if COMPILERS.fullmatch(build_commands.package_name(name)) and name not in removed
        ]
        if left and not virtual:
            return Broken(because=f"{', '.join(left[:5])} stay in the image", at=subject.at)
    return Holds()


REMOVES = frozenset({"purge", "remove", "del", "autoremove", "erase"})
COMPILERS = re.compile(
    r"build-essential|build-base|alpine-sdk|(?:gcc|g\+\+|clang|cpp)(?:-\d+)?|make|cmake|automake|musl-dev|libc6?-dev|linux-headers.*"
    r"|golang(?:-[\w.]+)?|go|rust|rustc|cargo|default-jdk(?:-headless)?|openjdk-?\d+(?:-jdk(?:-headless)?)?|python3?-dev(?:el)?"
    r"|kernel-devel|gcc-c\+\+|base-devel|ghc|nasm|yasm"
)
"""Packages that bring a compiler or headers, by their names in Debian, Alpine, Fedora and Arch."""
