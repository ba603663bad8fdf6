"""The fleet's file: what it answers is what its last stacks say, however they came to be there."""

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.saved import AT, PROBLEM, container, kernel, planned, runtime, saved, stacks
from graph.attack.test_laws import KNOWN, as_set, attack
from graph.test_impact import ADMIN, DEFAULT, DOCKER, ORDERS, known
from ringfence.engine import collecting, impacts
from ringfence.engine.storeys import relations
from ringfence.errors import RingfenceError, UnreadableInput
from ringfence.fleet import store
from ringfence.fleet.answering import OF_IMPACT, OF_PATHS, Fleet, opened
from ringfence.graph.assemble import Graph, assemble
from ringfence.graph.attack.derive import derive
from ringfence.graph.clusters import within
from ringfence.graph.impact import impact
from ringfence.model.finding import Storey
from ringfence.model.report import Impact
from ringfence.model.stack_cve import StackCve

NAMES = ("n1", "n2", "n3")
CLUSTERS = ("", "prod")
CVES = ("CVE-2022-0185", "CVE-2022-0492", "CVE-2019-5736")
Step = tuple[str, str, bytes | None]


def steps() -> st.SearchStrategy[Step]:
    """A stack of a node of a cluster is taken, or (None) forgotten."""
    return st.tuples(st.sampled_from(CLUSTERS), st.sampled_from(NAMES)).flatmap(
        lambda where: st.tuples(st.just(where[0]), st.just(where[1]), st.none() | stacks(where[1]))
    )


def played(path: str, done: Iterable[Step]) -> dict[tuple[str, str], bytes]:
    """Makes the steps; what is left at their end."""
    left: dict[tuple[str, str], bytes] = {}
    for cluster, node, data in done:
        if data is None:
            name = f"{cluster}/{node}".strip("/")
            assert store.forget(path, [name]) == ((name,) if left.pop((cluster, node), None) is not None else ())
        else:
            store.take(path, data, "test", AT, cluster=cluster)
            left[cluster, node] = data
    return left


def from_scratch(left: dict[tuple[str, str], bytes]) -> Graph:
    return assemble(
        within(relations(item), cluster) for (cluster, _), data in left.items() for item in collecting.thaw(data, "test")[1]
    )


def answered(graph: Graph, name: str) -> Impact:
    """The answer, its parts in an order of their own: that in which stacks came makes no difference."""
    found = impact(graph, known(name), ORDERS)
    key = msgspec.json.encode
    return msgspec.structs.replace(
        found,
        components=tuple(sorted(found.components, key=key)),
        workloads=tuple(sorted(found.workloads, key=key)),
        would_flip=(),
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(steps(), max_size=6))
def test_what_was_taken_bit_by_bit_answers_as_what_is_made_at_once(done: list[Step]) -> None:
    with TemporaryDirectory() as folder:
        path = f"{folder}/fleet.db"
        scratch = from_scratch(played(path, done))
        if not done:
            return
        for _ in ("judged", "remembered"):
            with opened(path) as fleet:
                whole = fleet.graph(OF_PATHS, whole=True)
                assert whole.nodes == scratch.nodes
                assert {key: set(edges) for key, edges in whole.out.items()} == {
                    key: set(edges) for key, edges in scratch.out.items()
                }
                assert as_set(attack(fleet.graph(OF_PATHS))) == as_set(attack(scratch))
                for name in CVES:
                    assert answered(fleet.graph(OF_IMPACT), name) == answered(scratch, name)
                fleet.keep()


BARE = (DEFAULT.confinement, DOCKER.confinement, ADMIN.confinement)


def node_stack(node: str, *, sysctl: str = "100", runc: str = "1.1.5", swap: bool = False) -> bytes:
    """A node with three containers; with `swap` the first has lost its filter."""
    confinements = (ADMIN.confinement, *BARE[1:]) if swap else BARE
    containers = (container(node, f"c{number}", item) for number, item in enumerate(confinements))
    return saved(node, kernel(node, "5.10.90", sysctl), runtime(node, runc, *containers))


def judged(fleet: Fleet, cves: Iterable[StackCve]) -> int:
    """How many questions have to be judged to answer all of these, kept for the next time."""
    graph = fleet.graph(OF_IMPACT)
    for cve in cves:
        impact(graph, cve, ORDERS)
    fleet.keep()
    return fleet.answers.asked


def asked_after(path: str, change: Callable[[], object], *cves: StackCve) -> int:
    """How many questions have to be judged again after a change."""
    with opened(path) as fleet:
        judged(fleet, cves)
    with opened(path) as fleet:
        assert judged(fleet, cves) == 0
    change()
    with opened(path) as fleet:
        return judged(fleet, cves)


@pytest.fixture
def path(tmp_path: Path) -> str:
    found = str(tmp_path / "fleet.db")
    store.take(found, node_stack("n1"), "test", AT)
    store.take(found, node_stack("n2", sysctl="200"), "test", AT)
    return found


def test_nothing_is_judged_again_where_nothing_changed(path: str) -> None:
    again = store.take(path, node_stack("n1"), "test", AT)
    assert (again.added, again.changed, again.gone, again.same) == (0, 0, 0, 2)
    assert asked_after(path, lambda: store.take(path, node_stack("n1"), "test", AT), *map(known, CVES)) == 0


def test_a_changed_control_has_only_its_own_container_judged(path: str) -> None:
    cves = [known("CVE-2022-0185"), known("CVE-2022-0492")]
    # The filter that the first container got is that of the third, so even that was judged before.
    assert asked_after(path, lambda: store.take(path, node_stack("n1", swap=True), "test", AT), *cves) == 0
    vague = msgspec.structs.replace(DEFAULT.confinement, no_new_privileges=DOCKER.confinement.read_only_root)
    other = saved("n1", kernel("n1", "5.10.90"), runtime("n1", "1.1.5", container("n1", "c0", vague)))
    assert asked_after(path, lambda: store.take(path, other, "test", AT), *cves) == len(cves)


def test_a_changed_node_has_only_its_own_containers_judged(path: str) -> None:
    cves = [known("CVE-2022-0185"), known("CVE-2022-0492")]
    count = asked_after(path, lambda: store.take(path, node_stack("n2", sysctl="0"), "test", AT), *cves)
    assert count == len(cves) * len(BARE)


def test_a_changed_advisory_has_only_itself_judged(path: str) -> None:
    one, other = known("CVE-2022-0185"), known("CVE-2022-0492")
    with opened(path) as fleet:
        judged(fleet, (one, other))
    revised = msgspec.structs.replace(one, stable={"5.10": "5.10.80"})
    with opened(path) as fleet:
        assert judged(fleet, (revised, other)) == len(BARE) * 2
    with opened(path) as fleet:
        assert judged(fleet, (revised, other)) == 0


def test_paths_remember_too(path: str) -> None:
    with opened(path) as fleet:
        first = as_set(derive(fleet.graph(OF_PATHS), KNOWN, ("containers",)))
        assert fleet.answers.asked
        fleet.keep()
    with opened(path) as fleet:
        assert as_set(derive(fleet.graph(OF_PATHS), KNOWN, ("containers",))) == first
        assert (fleet.answers.asked, bool(fleet.answers.known)) == (0, True)


def test_two_clusters_that_call_their_things_alike_stay_apart(tmp_path: Path) -> None:
    path = str(tmp_path / "fleet.db")
    for cluster in ("blue", "green"):
        store.take(path, saved("m", planned(DEFAULT.confinement)), "test", AT, cluster=cluster)
    store.take(path, node_stack("m"), "test", AT, cluster="green", name="node")
    with opened(path) as fleet:
        graph = fleet.graph(OF_PATHS)
        found = derive(graph, KNOWN, ("containers",))
        inside = {step.target for step in found.out["start"]}
        assert {item.name for item in fleet.stacks()} == {"blue/m", "green/m", "green/node"}
    assert {node.id for node in graph.kind("identity") if node.label.endswith("web")} == {  # type: ignore[arg-type]  # equal to the kind
        "identity:blue/system:serviceaccount:shop:web",
        "identity:green/system:serviceaccount:shop:web",
    }
    assert len(inside) == 5
    blue = next(vertex for vertex in inside if "blue" in vertex)
    assert not [step for step in found.out.get(blue, ()) if step.target == "root:host:green/m"]


def test_what_stacks_lacked_is_told_once_with_whose_it_is(tmp_path: Path) -> None:
    path = str(tmp_path / "fleet.db")
    for node in NAMES:
        store.take(path, saved(node, kernel(node, "6.1.0"), problems=(PROBLEM,)), "test", AT)
    with opened(path) as fleet:
        assert [item.where for item in fleet.problems()] == ["n1 and 2 more: docker"]


def test_facts_come_back_as_they_were_collected(path: str) -> None:
    with opened(path) as fleet:
        facts = {item.target: item.facts for item in fleet.gathered((Storey.RUNTIME,))}
    _, gathered = collecting.thaw(node_stack("n1"), "test")
    assert facts["n1"] == next(item.facts for item in gathered if item.storey is Storey.RUNTIME)


def test_another_version_of_the_program_draws_everything_anew(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(path) as fleet:
        before = fleet.graph(OF_PATHS).nodes
        asked = judged(fleet, [known("CVE-2022-0185")])
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE section SET parcel = NULL")
        connection.execute("UPDATE note SET value = 'an older one'")
    connection.close()
    monkeypatch.setattr("ringfence.fleet.answering.judging", lambda: "a newer one")
    with opened(path) as fleet:
        assert fleet.graph(OF_PATHS).nodes == before
        assert judged(fleet, [known("CVE-2022-0185")]) == asked


@pytest.mark.parametrize("data", [b"{}", b"not a database, but as long as one's header is: " * 4, b""])
def test_a_file_that_is_none_is_refused_and_left_alone(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other"
    path.write_bytes(data)
    if not data:
        store.take(str(path), node_stack("n1"), "test", AT)  # an empty file is one that nobody has written yet
        return
    with pytest.raises(RingfenceError):
        store.take(str(path), node_stack("n1"), "test", AT)
    with pytest.raises(RingfenceError), opened(str(path)):
        pass
    assert path.read_bytes() == data


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE mine(x)")
    connection.close()
    with pytest.raises(UnreadableInput, match="another kind of file"):
        store.take(str(path), node_stack("n1"), "test", AT)


def test_what_is_no_stack_is_refused_and_changes_nothing(path: str) -> None:
    with pytest.raises(UnreadableInput):
        store.take(path, b'{"schema": "other"}', "x.json", AT)
    broken = msgspec.json.decode(node_stack("n1"))
    broken["sections"][0]["facts"] = {"kernel": 7}
    with pytest.raises(RingfenceError):
        store.take(path, msgspec.json.encode(broken), "x.json", AT)
    with opened(path) as fleet:
        assert judged(fleet, [known("CVE-2022-0185")]) == 2 * len(BARE)


def test_the_same_questions_are_asked_as_without_a_file(path: str) -> None:
    with opened(path) as fleet:
        graph = fleet.graph(OF_IMPACT)
        found = impacts.evaluate(graph, [known(name) for name in CVES])
    assert [len(item.workloads) for item in found] == [6, 6, 6]
