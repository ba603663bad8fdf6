"""What a recipe leaves in the finished image. Sources: the package managers' manuals; the Dockerfile reference."""

import re

from ringfence.formats.build_recipe import BuildCopy, BuildStep, Recipe
from ringfence.layers.application.evaluate import build_commands
from ringfence.model.knowledge import Known, Maybe, Unknown

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
"""For each package manager its folder, what deletes it, and the option that leaves it out."""
OTHER_USERS = ("nonroot", "non-root", "rootless", "unprivileged", "chainguard")
"""Words in the name of an image that mostly stand for another user set in it."""
_ADDRESS = re.compile(r"(?:https?|ftp)://|git@|.*\.git(?:#|$)")
_ARCHIVE = re.compile(r"\.(?:tar(?:\.\w+)?|t[gbx]z|txz|tzst|gz|bz2|xz|zst)$|\*")


def cache_left(step: BuildStep) -> tuple[str, str] | None:
    """The package manager whose folder the step leaves in the image, and the folder."""
    text = [" ".join(command.words) for command in step.commands]
    for found in build_commands.installs(step):
        folder, cleaners, option = CACHES[found.manager]
        cleaned = any(cleaner in line for line in text for cleaner in cleaners) or option in found.options
        if not cleaned and not build_commands.has_mount(step, "cache", folder):
            return found.manager, folder
    return None


def needless_add(copy: BuildCopy) -> bool:
    """Whether an ADD does nothing that COPY does not: its sources are local and no archives."""
    if not copy.add or any(_ADDRESS.match(source) or "$" in source for source in copy.sources):
        return False
    return not all(_ARCHIVE.search(source) or "<<" in source for source in copy.sources)


def root_at_end(recipe: Recipe) -> Maybe[str]:
    """Why the finished image runs as root; empty if it does not."""
    if isinstance(recipe.user, Unknown):
        return Unknown(f"USER is a variable: {recipe.user.reason}")
    if recipe.user.value in ("root", "0"):
        return Known(f"the last USER is {recipe.user.value}")
    if recipe.user.value:
        return Known("")
    base = recipe.bases[-1].image if recipe.bases else None
    if isinstance(base, Unknown) or (base is not None and any(word in base.value for word in OTHER_USERS)):
        return Unknown("no USER is set, and what the base sets is not told")
    return Known("no USER is set: it runs as root unless the base image says otherwise")
