"""The storey's facts travel without loss, and become nodes and edges."""

import msgspec

from ringfence.layers.runtime.facts import EngineApi, Facts, is_runtime_socket
from ringfence.layers.runtime.relations import relations
from ringfence.model.component import Component
from ringfence.model.confinement import Confinement, Sharing
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import Namespace
from ringfence.model.node import EdgeKind, component_id, host_id
from ringfence.model.package import Package
from ringfence.model.workload import Workload, WorkloadId

PACKAGE = Package(purl="pkg:deb/debian/runc@1.1.5", name="runc", version="1.1.5+ds1-1", ecosystem="Debian:12")
RUNC = Component(name="runc", node="n", version=Known("1.1.5"), package=PACKAGE, path="/usr/bin/runc")
SECOND = Component(name="runc", node="n", version=Unknown("stripped"), path="/usr/local/bin/runc")
PODMAN = Component(name="podman", node="n", version=Known("4.3.1"), calls=("runc", "crun"))
WEB = Workload(
    identity=WorkloadId(name="web"),
    confinement=Confinement(privileged=Known(False), namespaces=Known({Namespace.PID: Sharing.OWN})),
    node="n",
    running=True,
    image="localhost/web:1",
    container_id="c1",
    engine="podman",
    oci_runtime="runc",
    pids=(7,),
)
FACTS = Facts(
    node="n",
    collected_on="2026-01-01",
    components=(RUNC, SECOND, PODMAN),
    workloads=(WEB,),
    apis=(EngineApi(node="n", engine="docker", listens=("tcp://0.0.0.0:2375",), tls_verified=Known(False)),),
)


def test_facts_travel_without_loss() -> None:
    assert msgspec.json.decode(msgspec.json.encode(FACTS), type=Facts) == FACTS


def test_every_fact_is_a_subject() -> None:
    assert list(FACTS.subjects()) == [FACTS, RUNC, SECOND, PODMAN, WEB, *FACTS.apis]
    assert FACTS.packages == (PACKAGE,)


NETWORK = "exposure:/node-network"
"""From where the engine's API, which asks for no certificate, is reached."""


def test_relations() -> None:
    found = relations(FACTS)
    edges = {(edge.source, edge.kind, edge.target) for edge in found.edges}
    runc, second, podman = (
        component_id("n", "runc"),
        component_id("n", "runc", "/usr/local/bin/runc"),
        component_id("n", "podman"),
    )
    assert {node.id for node in found.nodes} == {host_id("n"), runc, second, podman, "workload:c1", NETWORK}
    assert edges == {
        (NETWORK, EdgeKind.EXPOSES, component_id("n", "docker")),
        (host_id("n"), EdgeKind.HAS, runc),
        (host_id("n"), EdgeKind.HAS, second),
        (host_id("n"), EdgeKind.HAS, podman),
        (podman, EdgeKind.CALLS, runc),
        (podman, EdgeKind.CALLS, component_id("n", "crun")),
        ("workload:c1", EdgeKind.RUNS_ON, host_id("n")),
        ("workload:c1", EdgeKind.STARTED_BY, podman),
        ("workload:c1", EdgeKind.STARTED_BY, runc),
        ("workload:c1", EdgeKind.USES_IMAGE, "image:localhost/web:1"),
    }


def test_sockets_are_known_by_their_name() -> None:
    assert is_runtime_socket("/var/run/docker.sock")
    assert not is_runtime_socket("/run/app.sock")
