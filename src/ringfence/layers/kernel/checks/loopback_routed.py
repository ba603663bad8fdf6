"""Services on 127.0.0.1 can be reached from the network.

With `net.ipv4.conf.all.route_localnet` at 1 packets for 127.0.0.0/8 are taken from any interface. Services that trust
localhost because nobody else can be there (a kubelet's read-only port, a database without password) are then open to
neighbours on the network and to containers with CAP_NET_RAW: CVE-2020-8558 was this setting, left by kube-proxy.

kube-proxy needs it to serve node ports on localhost; it then has to drop such packets from outside by a firewall rule,
which this check cannot see.
"""

from ringfence.layers.kernel.facts import place_of, sysctl
from ringfence.model.component import KernelState
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="loopback-routed",
    severity="medium",
    kind="misconfiguration",
    confidence="medium",
    remedy=(
        "Set `net.ipv4.conf.all.route_localnet = 0`; where kube-proxy sets it, start it with "
        "`--iptables-localhost-nodeports=false`."
    ),
    references=(
        "https://docs.kernel.org/networking/ip-sysctl.html",
        "https://github.com/kubernetes/kubernetes/issues/92315",
    ),
)

NAME = "net.ipv4.conf.all.route_localnet"


def check(kernel: KernelState) -> Outcome:
    """By the one sysctl."""
    match sysctl(kernel, NAME):
        case Unknown(reason):
            return Undecided(why=reason)
        case Known("1"):
            return Broken(
                because="packets for 127.0.0.0/8 are taken from the network", at=place_of(NAME), evidence=(f"{NAME} = 1",)
            )
        case Known(_):
            return Holds()
