"""A file in a layer holds a secret.

Whoever can pull the image can read every file of every layer. A file that a later layer deletes is only hidden: it is
still in the layer that brought it, and is pulled along with the image; it is told one step milder, because a running
container does not show it. Test keys and samples are the usual false
positives; say so in the ignore file with a reason.
"""

from ringfence.layers.image.facts import SecretHit, milder
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, NotApplicable, Outcome

CHECK = Check(
    slug="secret-in-file",
    severity="high",
    kind="secret",
    remedy=(
        "Revoke the secret; rebuild without the file in any layer (a secret mount or a build stage that is not shipped)."
    ),
    references=("https://docs.docker.com/build/building/secrets/", "https://cwe.mitre.org/data/definitions/798.html"),
)


def check(subject: SecretHit) -> Outcome:
    """Whether the secret stands in a file of some layer."""
    if subject.place != "file":
        return NotApplicable(why="the secret is not in a file")
    where, severity = f"{subject.title} in {subject.at.path} ({subject.shown})", subject.severity
    if subject.at.deleted:
        layer = f"layer {subject.at.layer_index}" if subject.at.layer_index is not None else "a lower layer"
        where, severity = f"{where}, deleted later but recoverable from {layer}", milder(severity)
    return Broken(because=where, at=subject.at, evidence=subject.elsewhere, severity=severity, secret=subject.known_by)
