"""The hypervisor of every container's virtual machine runs as root, and its system calls are not filtered.

Who breaks out of the guest's kernel is in the hypervisor's process: it is then the last wall. QEMU's filter
(`seccompsandbox`) takes old and dangerous calls from it, `rootless` makes it an ordinary user; Cloud Hypervisor and
Firecracker filter themselves unless `disable_seccomp` says no.

Kata's default for QEMU is no filter, for old processors on which it costs.
"""

from ringfence.layers.runtime.facts import Guest
from ringfence.model.declare import Check
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="hypervisor-unconfined",
    severity="medium",
    kind="misconfiguration",
    remedy='Set `seccompsandbox = "on,obsolete=deny,spawn=deny,resourcecontrol=deny"`, or take out `disable_seccomp`.',
    references=(
        "https://github.com/kata-containers/kata-containers/blob/main/src/runtime/config/configuration-qemu.toml.in",
    ),
)
FILTERED_UNASKED = frozenset({"cloud-hypervisor", "firecracker"})
"""Hypervisors that filter their own system calls unless they are told not to."""


def check(guest: Guest) -> Outcome:
    """A filter, or a user of its own, is enough. Nothing written means the hypervisor's default."""
    config = guest.config
    filtered = config.hypervisor in FILTERED_UNASKED if config.hypervisor_seccomp is None else config.hypervisor_seccomp
    if filtered or config.hypervisor_rootless or config.hypervisor in ("", "dragonball", "remote"):
        return Holds()
    field = "seccompsandbox" if config.hypervisor == "qemu" else "disable_seccomp"
    return Broken(
        because=f"{config.hypervisor} runs as root without a filter of its system calls",
        at=Location(path=guest.at.path, field=field),
    )
