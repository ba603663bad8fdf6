"""A script is fetched and run without anybody having seen it.

Whoever can change what that address answers runs code in the build, with its secrets and its network, and in the image. A
server can also tell a pipe from a browser and answer each differently. A connection that breaks runs half a script.
"""

from ringfence.formats.build_recipe import BuildStep
from ringfence.layers.application.evaluate import build_commands
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="download-piped-to-shell",
    severity="medium",
    kind="misconfiguration",
    remedy="Fetch it to a file, check its digest or signature against one written here, then run it; or use a package.",
    references=(
        "https://slsa.dev/spec/v1.0/threats",
        "https://owasp.org/www-project-top-10-ci-cd-security-risks/CICD-SEC-03-Dependency-Chain-Abuse",
    ),
    aliases=("Scorecard downloadThenRun",),
)


def check(subject: BuildStep) -> Outcome:
    """Whether an interpreter runs what a fetch answers."""
    fetch = build_commands.run_unseen(subject)
    if fetch is None:
        return Holds()
    named = ", ".join(build_commands.addresses(fetch)) or "an address in a variable"
    return Broken(because=f"what {named} answers is run at once", at=subject.at)
