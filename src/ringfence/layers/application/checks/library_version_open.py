"""A package of a language is installed in whatever version is newest.

The next build may take another one, with new faults, or one that an attacker has published under a taken-over account.
"""

from ringfence.formats.build_recipe import BuildStep
from ringfence.layers.application.evaluate import build_commands
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="library-version-open",
    severity="medium",
    kind="misconfiguration",
    remedy=("Install from a lock file with hashes (`pip install --require-hashes -r ...`, `npm ci`), or name the version."),
    references=(
        "https://slsa.dev/spec/v1.0/threats",
        "https://github.com/hadolint/hadolint/wiki/DL3013",
        "https://github.com/hadolint/hadolint/wiki/DL3016",
    ),
    aliases=("hadolint DL3013", "hadolint DL3016", "hadolint DL3028", "hadolint DL3062"),
)


def check(subject: BuildStep) -> Outcome:
    """Whether each package that is installed by name has a version."""
    for command in subject.commands:
        if found := next(iter(build_commands.open_libraries(command)), None):
            return Broken(because=f"{command.program} takes {found} in the newest version", at=subject.at)
    return Holds()
