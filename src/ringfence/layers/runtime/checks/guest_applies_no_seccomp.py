"""In the virtual machine no filter stands between a container and the guest's kernel.

With `disable_guest_seccomp` Kata drops the pod's seccomp profile: a container may make every system call of the guest's
kernel. Who breaks that kernel has not left the virtual machine, but has the whole of it to work on the hypervisor with.

It is Kata's default, since agents without libseccomp refuse profiles.
"""

from ringfence.layers.runtime.facts import Guest
from ringfence.model.declare import Check
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="guest-applies-no-seccomp",
    severity="low",
    kind="misconfiguration",
    remedy="Set `disable_guest_seccomp = false` under `[runtime]`, with an agent that is built with seccomp.",
    references=("https://github.com/kata-containers/kata-containers/blob/main/docs/how-to/how-to-use-seccomp-with-kata.md",),
)


def check(guest: Guest) -> Outcome:
    """Only where somebody wrote it: the default differs between versions."""
    if guest.config.guest_seccomp is not False:
        return Holds()
    at = Location(path=guest.at.path, field="disable_guest_seccomp")
    return Broken(because="the agent applies no seccomp profile in the guest", at=at)
