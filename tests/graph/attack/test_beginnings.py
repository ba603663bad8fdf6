"""Where attacks begin beside containers: what images come from, accounts of hosts, an engine that listens."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from fleet.saved import container, kernel, runtime
from graph.attack.small_clusters import graph_of, pod
from graph.test_impact import DEFAULT
from ringfence.engine.attack import arsenal
from ringfence.engine.storeys import Gathered, relations
from ringfence.engine.supposing import supposed
from ringfence.formats.image_trust import parse_policy
from ringfence.graph.assemble import Graph, assemble
from ringfence.graph.attack.derive import derive
from ringfence.graph.changes import applied
from ringfence.graph.suppositions import supposition
from ringfence.layers.runtime.facts import EngineApi, EngineSocket, ImageTrust
from ringfence.model.finding import Storey
from ringfence.model.knowledge import Known, Unknown

IMAGE = "registry.example/team/web:1"


def node(**more: object) -> Graph:
    """A host with one container of podman's, and with what else is told of its engines."""
    workload = replace(container("n1", "web", DEFAULT.confinement), image=IMAGE)
    facts = replace(runtime("n1", "1.3.4", workload), **more)
    host = Gathered(Storey.KERNEL, "test", "n1", kernel("n1", "6.18.44"))
    return assemble(relations(item) for item in (host, Gathered(Storey.RUNTIME, "test", "n1", facts)))


def held(graph: Graph, *begin: str) -> set[str]:
    """Everything that an attacker may come to hold who begins so."""
    found = derive(graph, arsenal(), begin)
    seen, queue = {"start"}, ["start"]
    for vertex in queue:
        for step in found.out.get(vertex, ()):
            if step.target not in seen:
                seen.add(step.target)
                queue.append(step.target)
    return seen


def socket(**more: object) -> EngineSocket:
    return EngineSocket(node="n1", engine="podman", path="/run/podman.sock", **{"mode": 0o660, "group": "dock", **more})  # type: ignore[arg-type]  # what a case sets


@pytest.mark.parametrize(
    ("made", "account"),
    [
        (socket(members=("ann",)), "ann"),
        (socket(mode=0o666), "every user"),
        (socket(members=("root",)), ""),
        (socket(members=("ann",), mode=0o600), ""),
        (socket(members=("ann",), owner=1000), ""),
        (socket(mode=0o666, closed_by="/run/private"), ""),
    ],
)
def test_who_may_command_an_engine_of_roots_is_root(made: EngineSocket, account: str) -> None:
    reached = held(node(sockets=(made,)), "host-accounts")
    assert (f"user:account:n1:{account}" in reached, "root:host:n1" in reached) == (bool(account), bool(account))


def test_leaving_the_group_closes_it() -> None:
    graph = node(sockets=(socket(members=("ann", "bob")),))
    without_ann = applied(graph, [supposition("leave-group@ann on n1")], supposed())
    assert "root:host:n1" in held(graph, "ann")
    assert "root:host:n1" not in held(without_ann, "ann")
    assert "root:host:n1" in held(without_ann, "bob")


@pytest.mark.parametrize(("verified", "open_"), [(Known(False), True), (Known(True), False), (Unknown("not told"), True)])
def test_an_engine_that_listens_is_a_way_in_unless_it_asks_for_certificates(
    verified: Known[bool] | Unknown, open_: bool
) -> None:
    api = EngineApi(node="n1", engine="podman", listens=("unix:///run/x", "tcp://0.0.0.0:2375"), tls_verified=verified)
    graph = node(apis=(api,))
    assert ("root:host:n1" in held(graph, "exposed")) is open_
    if open_:
        assert "root:host:n1" not in held(applied(graph, [supposition("close-api=podman@n1")], supposed()), "exposed")


POLICY = b"""{"default": [{"type": "insecureAcceptAnything"}], "transports": {"docker": {
    "registry.example": [{"type": "reject"}],
    "registry.example/team": [{"type": "signedBy", "keyType": "GPGKeys", "keyPath": "/etc/pki/team.gpg"}],
    "*.mirror.example": [{"type": "sigstoreSigned", "fulcio": {"subjectEmail": "ci@example.com"}}]}}}"""


@pytest.mark.parametrize(
    ("reference", "signers"),
    [
        (IMAGE, ("/etc/pki/team.gpg",)),
        ("registry.example/teamwork/web:1", ()),
        ("a.mirror.example/x", ("ci@example.com",)),
        ("docker.io/library/nginx", ()),
    ],
)
def test_the_scope_that_names_most_of_an_image_says_who_signs(reference: str, signers: tuple[str, ...]) -> None:
    assert parse_policy(POLICY).signers(reference) == signers


def test_a_signature_moves_the_trust_to_its_signer() -> None:
    trust = ImageTrust(node="n1", policy=Known(parse_policy(POLICY)))
    here = "code:workload:n1-web"
    assert here in held(node(), "builds")
    assert here in held(node(trust=trust), "signers")
    assert here in held(node(trust=trust), "builds")
    assert here not in held(node(), "signers")
    assert here in held(node(), "images")
    assert here not in held(node(trust=trust), "images")


def test_a_registry_reaches_everything_that_runs_its_images_unless_signatures_are_asked_for(tmp_path: Path) -> None:
    graph = graph_of([pod("a"), pod("b")], tmp_path)
    before = held(graph, "registries")
    assert "holds:registry:registry.example" in before
    assert sum(vertex.startswith("code:") for vertex in before) == 2
    signed = applied(graph, [supposition("admit-signed@registry.example")], supposed())
    assert not any(vertex.startswith("code:") for vertex in held(signed, "registries"))
