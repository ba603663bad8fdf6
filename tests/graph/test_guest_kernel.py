"""Kata's guest kernel takes the host kernel's place: a container in a virtual machine is judged on what it runs on."""

import pytest

from ringfence.engine import impacts
from ringfence.engine.storeys import Gathered
from ringfence.layers.kernel import facts as kernel_facts
from ringfence.layers.runtime import facts as runtime_facts
from ringfence.model.component import Component
from ringfence.model.confinement import CapabilitySets, Confinement, Kernel
from ringfence.model.finding import Storey, VerdictStatus
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.report import Impact
from ringfence.model.syscall_filter import UNCONFINED
from ringfence.model.workload import Workload, WorkloadId

UNTOLD = Unknown("the guest's kernel was not looked into")


def asked(
    host: str, guest: str, kernel: Maybe[Kernel], held: int = 1 << 21, config: Maybe[dict[str, str]] = UNTOLD
) -> Impact:
    """CVE-2022-0185 (5.1 to before 5.16.2) on a host kernel and a guest kernel, for one container."""
    confinement = Confinement(
        kernel=kernel, syscalls=Known(UNCONFINED), capabilities=Known(CapabilitySets(effective=held, bounding=held))
    )
    one = Workload(identity=WorkloadId(name="web"), confinement=confinement, node="n", container_id="c", running=True)
    guests = runtime_facts.Facts(
        node="n",
        collected_on="d",
        components=(
            Component(name="kata-containers", node="n", version=Known("3.2.0")),
            Component(name="linux", node="n", version=Known(guest), path="/opt/kata/vmlinux", guest=True, config=config),
        ),
    )
    hosts = kernel_facts.hypothetical(host, node="n", workloads=(one,))
    graph = impacts.graph_of(
        [Gathered(Storey.KERNEL, "k", "n", hosts), Gathered(Storey.RUNTIME, "kata-containers", "n", guests)]
    )
    (answer,) = impacts.answers(graph, impacts.named(["CVE-2022-0185"]))
    return answer


@pytest.mark.parametrize(
    ("host", "guest", "kernel", "wanted", "on"),
    [
        ("5.10.50", "6.1.62", Known(Kernel.HOST), VerdictStatus.REACHABLE, "linux 5.10.50"),
        ("5.10.50", "6.1.62", Known(Kernel.GUEST), VerdictStatus.ABSENT, "guest linux 6.1.62"),
        ("6.1.62", "5.10.50", Known(Kernel.GUEST), VerdictStatus.MITIGATED, "guest linux 5.10.50"),
        ("6.1.62", "5.10.50", Known(Kernel.HOST), VerdictStatus.ABSENT, "linux 6.1.62"),
        ("5.10.50", "6.1.62", Known(Kernel.SENTRY), VerdictStatus.MITIGATED, "linux 5.10.50"),
    ],
)
def test_the_kernel_it_runs_on_decides(host: str, guest: str, kernel: Maybe[Kernel], wanted: VerdictStatus, on: str) -> None:
    (found,) = asked(host, guest, kernel).workloads
    assert (found.verdict.status, found.component) == (wanted, on)


def test_where_nobody_tells_the_worse_of_both_counts() -> None:
    (found,) = asked("6.1.62", "5.10.50", Unknown("not said")).workloads
    assert (found.verdict.status, found.component) == (VerdictStatus.UNDECIDED, "guest linux 5.10.50")


@pytest.mark.parametrize(("config", "can"), [(UNTOLD, None), (Known({"CONFIG_NET": "y"}), False)])
def test_how_the_guests_kernel_is_built_decides_too(config: Maybe[dict[str, str]], can: bool | None) -> None:
    """CVE-2022-0185 takes CAP_SYS_ADMIN over a user namespace; a guest without CONFIG_USER_NS lets none be made."""
    (found,) = asked("6.1.62", "5.10.50", Known(Kernel.GUEST), held=0, config=config).workloads
    met = {item.condition: item.met for way in found.ways for item in way.conditions}
    assert [value for name, value in met.items() if "CAP_SYS_ADMIN" in name] == [can]


def test_a_finding_on_the_guest_counts_only_the_containers_in_it() -> None:
    found = impacts.findings([asked("6.1.62", "5.10.50", Known(Kernel.HOST))])
    assert [(item.location.field, item.verdict and item.verdict.because[0]) for item in found] == [
        ("guest linux 5.10.50", "no workload that was seen stands on it")
    ]
