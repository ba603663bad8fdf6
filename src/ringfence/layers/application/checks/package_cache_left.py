"""Lists and caches of the package manager stay in the image.

They are of no use to the program, make the image larger, and tell an attacker inside what can be installed.
"""

from ringfence.formats.build_recipe import BuildStep
from ringfence.layers.application.evaluate import build_commands
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome

CHECK = Check(
    slug="package-cache-left",
    severity="low",
    kind="misconfiguration",
    remedy=(
        "Delete them in the same step, or keep them out with `RUN --mount=type=cache`; `apk add --no-cache`, "
        "`dnf clean all`."
    ),
    references=(
        "https://docs.docker.com/build/building/best-practices/#apt-get",
        "https://github.com/hadolint/hadolint/wiki/DL3009",
        "https://github.com/hadolint/hadolint/wiki/DL3019",
        "https://github.com/hadolint/hadolint/wiki/DL3040",
    ),
    aliases=("hadolint DL3009", "hadolint DL3019", "hadolint DL3032", "hadolint DL3036", "hadolint DL3040"),
)


def check(subject: BuildStep) -> Outcome:
    """Whether the step deletes what its package managers keep."""
    if not subject.final:
        return NotApplicable(why="the stage is thrown away")
    text = [" ".join(command.words) for command in subject.commands]
    for found in build_commands.installs(subject):
        folder, cleaners, option = CACHES[found.manager]
        cleaned = any(cleaner in line for line in text for cleaner in cleaners) or option in found.options
        if not cleaned and not build_commands.has_mount(subject, "cache", folder):
            return Broken(because=f"{found.manager} leaves {folder} in the image", at=subject.at)
    return Holds()


_APT = ("/var/lib/apt/lists", ("/var/lib/apt/lists", "/var/lib/apt"), "")
_DNF = ("/var/cache/dnf", ("clean all", "/var/cache/dnf", "/var/cache/yum"), "")
CACHES = {
    "apt-get": _APT,
    "apt": _APT,
    "aptitude": _APT,
    "apk": ("/var/cache/apk", ("/var/cache/apk", "apk cache clean"), "--no-cache"),
    "yum": _DNF,
    "dnf": _DNF,
    "microdnf": _DNF,
    "tdnf": _DNF,
    "zypper": ("/var/cache/zypp", ("clean", "/var/cache/zypp"), "--no-cache"),
}
"""For each manager its folder, what deletes it, and the option that leaves it out. Source: the managers' manuals."""
