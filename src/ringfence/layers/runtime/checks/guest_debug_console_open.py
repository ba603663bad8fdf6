"""A shell waits in every virtual machine.

With `debug_console_enabled` Kata's agent opens a root shell in the guest to whoever reaches its socket on the host
(`kata-runtime exec`), past the container's own limits and without a line in any log of the cluster.

It is wanted while a guest is being debugged.
"""

from ringfence.layers.runtime.facts import Guest
from ringfence.model.declare import Check
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="guest-debug-console-open",
    severity="low",
    kind="misconfiguration",
    remedy="Set `debug_console_enabled = false` under `[agent.kata]`.",
    references=("https://github.com/kata-containers/kata-containers/blob/main/docs/Developer-Guide.md",),
)


def check(guest: Guest) -> Outcome:
    """By the one setting, which is off unless somebody set it."""
    if guest.config.debug_console:
        at = Location(path=guest.at.path, field="debug_console_enabled")
        return Broken(because="the agent opens a root shell in every guest", at=at)
    return Holds()
