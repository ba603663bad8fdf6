"""The kernel hands out memory with what was in it before.

Uninitialised memory of the kernel leaks keys and addresses to whoever gets it, and lets an attacker choose what a
forgotten variable holds. Cleared on allocation and on the stack, a whole class of holes ends.

It costs about 1 % on allocation; databases that allocate much may measure more.
"""

from ringfence.layers.kernel.facts import Defences, boot_values
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="memory-not-cleared",
    severity="low",
    kind="misconfiguration",
    remedy="Add `init_on_alloc=1` to the boot parameters; a kernel of your own build with CONFIG_INIT_STACK_ALL_ZERO.",
    references=(
        "https://docs.kernel.org/admin-guide/kernel-parameters.html",
        "https://kspp.github.io/Recommended_Settings",
    ),
)

ON_STACK = ("CONFIG_INIT_STACK_ALL_ZERO", "CONFIG_GCC_PLUGIN_STRUCTLEAK_BYREF_ALL", "CONFIG_INIT_STACK_ALL_PATTERN")
ON = ("1", "y", "on", "yes", "true")


def check(defences: Defences) -> Outcome:
    """On allocation by parameter or build; on the stack by build alone."""
    match defences.config, defences.boot:
        case (Unknown(reason), _) | (_, Unknown(reason)):
            return Undecided(why=reason)
        case Known(options), Known(words):
            given = boot_values(words).get("init_on_alloc")
            cleared = given in ON if given is not None else "CONFIG_INIT_ON_ALLOC_DEFAULT_ON" in options
            left = [] if cleared else ["on allocation (init_on_alloc)"]
            left += [] if any(name in options for name in ON_STACK) else ["on the stack (CONFIG_INIT_STACK_ALL_ZERO)"]
            if not left:
                return Holds()
            return Broken(
                because=f"memory of the kernel is not cleared {' nor '.join(left)}", at=Location(path="/proc/cmdline")
            )
