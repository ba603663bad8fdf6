"""The host lets strangers tell it where to send packets.

Whoever is on the same network, a container with CAP_NET_RAW on the host's bridge among them, sends an ICMP redirect or a
source-routed packet, and from then on has traffic of the host pass by himself.

It is wanted by no host that routes for containers; some laptops on old networks still learn routes so.
"""

from ringfence.layers.kernel.facts import place_of, sysctl
from ringfence.model.component import KernelState
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="route-advice-accepted",
    severity="low",
    kind="misconfiguration",
    remedy=(
        "Set `accept_redirects = 0` and `accept_source_route = 0` under net.ipv4.conf.all, net.ipv4.conf.default and the "
        "same of net.ipv6 in /etc/sysctl.d/60-ringfence.conf and run `sysctl --system`."
    ),
    references=("https://docs.kernel.org/networking/ip-sysctl.html",),
)

NAMES = (
    "net.ipv4.conf.all.accept_redirects",
    "net.ipv4.conf.all.accept_source_route",
    "net.ipv6.conf.all.accept_redirects",
    "net.ipv6.conf.all.accept_source_route",
)


def check(kernel: KernelState) -> Outcome:
    """Any of the four that is on; a negative value (IPv6 source routes) is off."""
    values = {name: sysctl(kernel, name) for name in NAMES}
    on = [name for name, value in values.items() if isinstance(value, Known) and value.value not in ("", "0", "-1")]
    if on:
        return Broken(
            because=f"advice on routes is taken from the network ({', '.join(on)})",
            at=place_of(on[0]),
            evidence=tuple(f"{name} = 1" for name in on),
        )
    unread = [value.reason for value in values.values() if isinstance(value, Unknown)]
    return Undecided(why=unread[0]) if unread else Holds()
