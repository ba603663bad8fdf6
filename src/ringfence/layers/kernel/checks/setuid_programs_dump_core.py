"""Setuid programs leave core dumps.

A dump of a program that ran with more rights than its user holds what that user must not see: password hashes, keys.
With the value 1 the dump belongs to the user who crashed it.

It is wanted for nothing but debugging a setuid program.
"""

from ringfence.layers.kernel.facts import place_of, sysctl
from ringfence.model.component import KernelState
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="setuid-programs-dump-core",
    severity="medium",
    kind="misconfiguration",
    remedy="Set `fs.suid_dumpable = 0` in /etc/sysctl.d/60-ringfence.conf and run `sysctl --system`.",
    references=("https://docs.kernel.org/admin-guide/sysctl/fs.html#suid-dumpable",),
)

NAME = "fs.suid_dumpable"


def check(kernel: KernelState) -> Outcome:
    """By the one sysctl."""
    match sysctl(kernel, NAME):
        case Unknown(reason):
            return Undecided(why=reason)
        case Known("1"):
            return Broken(
                because="a crashed setuid program leaves a dump that its user can read",
                at=place_of(NAME),
                evidence=(f"{NAME} = 1",),
            )
        case Known(_):
            return Holds()
