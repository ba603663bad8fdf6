"""Images are fetched without knowing from whom.

With an insecure registry the engine takes plain HTTP or any certificate. Whoever is on the way puts an image of his own
in the place of the one that was asked for, and reads the passwords sent with the question.

It is wanted for a registry on the same machine (127.0.0.0/8, which Docker always allows).
"""

from ringfence.layers.runtime.facts import Engine
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="insecure-registry",
    severity="high",
    kind="misconfiguration",
    remedy="Give the registry a certificate, put its CA into /etc/docker/certs.d or /etc/containers/certs.d, and unlist it.",
    references=(
        "https://docs.docker.com/engine/security/certificates/",
        "https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md",
    ),
    aliases=("CIS-Docker-2.5",),
)

LOCAL = ("localhost", "127.", "[::1]", "http://localhost", "http://127.", "http://[::1]")


def check(engine: Engine) -> Outcome:
    """Any registry but those of this machine."""
    match engine.defaults:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(said):
            named = [name for name in said.insecure_registries if not name.startswith(LOCAL)]
            if not named:
                return Holds()
            at = Location(path=engine.at.path, field="insecure registries")
            return Broken(because=f"{engine.name} takes images unverified from {', '.join(named)}", at=at)
