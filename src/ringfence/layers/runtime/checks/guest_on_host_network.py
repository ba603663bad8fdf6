"""Virtual machines are given the host's network.

With `disable_new_netns` Kata makes no network namespace for a pod: the hypervisor's devices are on the host's network, and
what the pod sends passes no policy of the cluster.

It is wanted where a network plug-in of one's own connects the virtual machines.
"""

from ringfence.layers.runtime.facts import Guest
from ringfence.model.declare import Check
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="guest-on-host-network",
    severity="medium",
    kind="misconfiguration",
    remedy="Set `disable_new_netns = false` under `[runtime]`.",
    references=(
        "https://github.com/kata-containers/kata-containers/blob/main/docs/how-to/how-to-set-sandbox-config-kata.md",
    ),
)


def check(guest: Guest) -> Outcome:
    """By the one setting, which is off unless somebody set it."""
    if guest.config.new_network_namespace:
        return Holds()
    at = Location(path=guest.at.path, field="disable_new_netns")
    return Broken(because="virtual machines get no network namespace of their own", at=at)
