"""The kernel takes modules that nobody signed.

A module is code with all rights. Where signatures are not demanded, root on the host, or CAP_SYS_MODULE in a container,
puts code of his own into the kernel, and no later check finds it.

It is wanted where modules are built on the machine itself; sign those with a key of the machine's owner.
"""

from ringfence.layers.kernel.facts import Defences, built_with
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="unsigned-modules-accepted",
    severity="medium",
    kind="misconfiguration",
    remedy="Add `module.sig_enforce=1` to the boot parameters, or switch lockdown on.",
    references=("https://docs.kernel.org/admin-guide/module-signing.html",),
)


def check(defences: Defences) -> Outcome:
    """Signatures demanded by parameter, by build, or by lockdown; a kernel without modules has no question."""
    if built_with(defences, "CONFIG_MODULES") == Known(False):
        return NotApplicable(why="this kernel was built without loadable modules")
    match defences.modules_signed, defences.lockdown:
        case Known(True), _:
            return Holds()
        case _, Known("integrity" | "confidentiality"):
            return Holds()
        case (Unknown(reason), _) | (_, Unknown(reason)):
            return Undecided(why=reason)
        case _:
            return Broken(
                because="modules without a valid signature are loaded",
                at=Location(path="/sys/module/module/parameters/sig_enforce"),
            )
