"""The kernel was built without guards against errors in its own memory.

Most exploits of the kernel begin with a buffer written past its end or used after it was freed. These options do not mend
such errors; they make most of them end in a crash instead of a root shell. Distributions have all of them on.

They cost a few percent at the most; a kernel of one's own for a machine without untrusted code may leave some out.
"""

from ringfence.layers.kernel.facts import Defences
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="memory-errors-unguarded",
    severity="low",
    kind="misconfiguration",
    remedy="Use the distribution's kernel, or build with the options named.",
    references=(
        "https://docs.kernel.org/security/self-protection.html#memory-integrity",
        "https://kspp.github.io/Recommended_Settings",
    ),
)

GUARDS = (
    (
        ("CONFIG_STACKPROTECTOR_STRONG", "CONFIG_CC_STACKPROTECTOR_STRONG"),
        "a canary ends whoever writes past a buffer on the stack",
    ),
    (("CONFIG_VMAP_STACK",), "a stack that grows too far hits an empty page, not its neighbour"),
    (("CONFIG_HARDENED_USERCOPY",), "copies to and from user space must stay inside one object"),
    (("CONFIG_FORTIFY_SOURCE",), "string and memory functions know the size of what they write to"),
    (("CONFIG_SLAB_FREELIST_HARDENED",), "the list of free objects cannot be forged by one write"),
    (("CONFIG_SLAB_FREELIST_RANDOM",), "which object comes next from a slab cannot be foreseen"),
    (("CONFIG_LIST_HARDENED", "CONFIG_DEBUG_LIST"), "a corrupted list is noticed before it is used to write elsewhere"),
    (("CONFIG_BUG_ON_DATA_CORRUPTION",), "noticed corruption ends the process, not only a line in the log"),
    (("CONFIG_SCHED_STACK_END_CHECK", "CONFIG_VMAP_STACK"), "a stack that was overrun is noticed at the next switch"),
    (("CONFIG_RANDOMIZE_KSTACK_OFFSET_DEFAULT",), "each system call has its stack at another offset"),
)
"""Options, any of which gives the guard (a second name is the older one), and what it does. Source: the Kernel Self
Protection Project's recommended settings."""

STRONG = 3
"""As many missing guards make a kernel that was built without thought of attackers."""


def check(defences: Defences) -> Outcome:
    """Those missing; more than a few make it worse."""
    match defences.config:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(options):
            missing = [(names[0], why) for names, why in GUARDS if not any(options.get(name) == "y" for name in names)]
            if not missing:
                return Holds()
            return Broken(
                because=f"built without {', '.join(name for name, _ in missing)}",
                evidence=tuple(f"{name}: {why}" for name, why in missing),
                severity=Severity.MEDIUM if len(missing) > STRONG else None,
            )
