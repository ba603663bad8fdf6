"""A ConfigMap holds a credential.

ConfigMaps are for what anyone may read: roles grant them freely (`view` does), they are never encrypted at rest by a rule
for secrets, and they are printed in full by every tool. A credential in one is known to all who may look at the namespace.
"""

from ringfence.formats.kubernetes_objects import ConfigMap
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="secret-in-config-map",
    severity="high",
    kind="secret",
    remedy="Change the credential and move it into a Secret; mount both where one program needs them together.",
    references=("https://kubernetes.io/docs/concepts/configuration/configmap/",),
    confidence="medium",
)


def check(subject: ConfigMap) -> Outcome:
    """The credentials among its values."""
    if subject.credentials:
        said = tuple(
            " ".join(part for part in (found.credential.kind, found.credential.name, found.credential.shown) if part)
            for found in subject.credentials
        )
        return Broken(because=f"{subject.name or 'it'} holds a {said[0]}", at=subject.credentials[0].at, evidence=said)
    if subject.unreadable_values:
        return Undecided(why=f"{', '.join(subject.unreadable_values)} holds a template that was not rendered")
    return Holds()
