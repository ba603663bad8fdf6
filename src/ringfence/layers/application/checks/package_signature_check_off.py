"""Packages are installed without checking their signatures.

`--allow-unauthenticated`, `--nogpgcheck`, `--allow-untrusted` or `[trusted=yes]` take whatever the mirror, or somebody on
the way to it, serves, and installing a package runs its scripts as root.

Legitimate for one local file built in the stage before, where a digest says which.
"""

from ringfence.formats.build_recipe import BuildStep
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="package-signature-check-off",
    severity="high",
    kind="misconfiguration",
    remedy=("Add the repository's key (`signed-by=` in the sources, `rpm --import`, `/etc/apk/keys`) and drop the switch."),
    references=(
        "https://wiki.debian.org/SecureApt",
        "https://docs.redhat.com/en/documentation/red_hat_enterprise_linux/9/html/securing_networks/",
    ),
)


def check(subject: BuildStep) -> Outcome:
    """Whether some package manager is told not to check signatures."""
    for command in subject.commands:
        words = set(command.words[1:])
        seen = next(
            (word for word in sorted(words) if word.partition("=")[0] in SWITCHES and command.program in MANAGERS), ""
        )
        if not seen and any("[trusted=yes]" in word or "AllowUnauthenticated" in word for word in words):
            seen = "trusted=yes"
        if seen:
            return Broken(because=f"{command.program} is told {seen}: signatures are not checked", at=subject.at)
    return Holds()


MANAGERS = frozenset(
    {"apt-get", "apt", "aptitude", "apk", "yum", "dnf", "microdnf", "tdnf", "zypper", "rpm", "dpkg", "pacman"}
)
SWITCHES = frozenset(
    {"--allow-unauthenticated", "--force-yes", "--allow-untrusted", "--nogpgcheck", "--no-gpg-checks", "--nosignature"}
    | {"--allow-insecure-repositories", "--nodigest", "--no-gpgcheck", "--allow-unsigned-rpm"}
)
"""Source: apt-get(8), apk(8), dnf(8), zypper(8), rpm(8)."""
