"""A dependency's name is a slip away from a much-used package.

Packages with such names are published to be installed by mistake: their install script or import runs the attacker's code,
and often the real package besides, so that nothing seems wrong. Most are taken down in days; a lock file keeps them.

It is legitimate for a package of its own whose name happens to be near; then say so in the ignore file.
"""

from ringfence.layers.application.facts import UsedName
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="look-alike-name",
    severity="medium",
    kind="integrity",
    remedy="See whether the other name was meant; if this one is right, write an exception with the reason.",
    references=("https://attack.mitre.org/techniques/T1195/001/", "https://arxiv.org/abs/2003.03471"),
    confidence="medium",
)


def check(subject: UsedName) -> Outcome:
    """Whether the name may have been taken for another."""
    match subject.resembles:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(""):
            return Holds()
        case Known(other):
            return Broken(because=f"{subject.name} is one slip away from {other}, which is used far more", at=subject.at)
