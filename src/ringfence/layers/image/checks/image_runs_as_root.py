"""The image starts its program as root.

Unless whoever runs it says otherwise, the program is uid 0: it may change every file of the container, and a hole in
the kernel or the runtime that lets a process out usually wants exactly that. Few services need root to serve.
"""

from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="image-runs-as-root",
    severity="medium",
    kind="misconfiguration",
    remedy=(
        "Add `USER 65532` (any uid but 0, as a number) at the end of the Dockerfile, and give that user what it must write."
    ),
    references=("https://docs.docker.com/reference/dockerfile/#user", "https://csrc.nist.gov/pubs/sp/800/190/final"),
)


def check(subject: Facts) -> Outcome:
    """Whether the configured user is root, by number or by name."""
    match subject.config:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(config):
            user = config.user.partition(":")[0]
            if user not in ("", "0", "root"):
                return Holds()
            seen = f"User is {config.user!r}" if config.user else "no User is set"
            return Broken(because=f"{seen}, which is root", at=Location(field="config.User"))
