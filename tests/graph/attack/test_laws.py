"""What must hold of every attack graph, whatever the stack."""

from itertools import combinations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.attack.strategies import granted, grants, stacks
from ringfence.engine.attack import arsenal
from ringfence.engine.supposing import supposed
from ringfence.graph.assemble import Graph, assemble
from ringfence.graph.attack.answer import By, paths
from ringfence.graph.attack.arsenal import Arsenal
from ringfence.graph.attack.cuts import cut, left_after_each, still_open
from ringfence.graph.attack.derive import derive
from ringfence.graph.attack.entrances import Entrance
from ringfence.graph.attack.goals import Goal, goals
from ringfence.graph.attack.hitting import hitting
from ringfence.graph.attack.network import Network, network
from ringfence.graph.attack.steps import START, AttackGraph
from ringfence.graph.changes import applied
from ringfence.graph.controls import candidates
from ringfence.graph.efforts import effort_of
from ringfence.knowledge.stack_cves import stack_cves
from ringfence.model.change import EVERYWHERE, Change, ChangeKind
from ringfence.model.node import NodeKind, Relations

FEW = frozenset({"CVE-2019-5736", "CVE-2022-0185", "CVE-2022-0492", "CVE-2024-21626"})
WHOLE = arsenal()
KNOWN = Arsenal(
    tuple(cve for cve in stack_cves() if cve.id in FEW), WHOLE.escapes, WHOLE.powers, WHOLE.orders, WHOLE.defaults
)
BEGIN = (Entrance.CONTAINERS, Entrance.ACCOUNTS)
END = (Goal.NODE_ROOT, Goal.CLUSTER_ADMIN, Goal.SECRETS)
Parts = tuple[Relations, ...]
quick = settings(max_examples=25, deadline=None)


def attack(graph: Graph) -> AttackGraph:
    return derive(graph, KNOWN, BEGIN)


def net_of(graph: Graph) -> Network:
    return network(attack(graph), goals(graph, END))


def held(found: AttackGraph) -> frozenset[str]:
    """Everything that an attacker may come to hold."""
    seen = {START}
    queue = [START]
    for vertex in queue:
        for step in found.out.get(vertex, ()):
            if step.target not in seen:
                seen.add(step.target)
                queue.append(step.target)
    return frozenset(seen)


def as_set(found: AttackGraph) -> set[tuple[object, ...]]:
    return {(step.source, step.target, step.technique.slug, frozenset(step.changes), step.missing) for step in found.steps()}


@quick
@given(stacks(), st.data())
def test_a_control_never_makes_more_reachable(parts: Parts, data: st.DataObject) -> None:
    graph = assemble(parts)
    workload = data.draw(st.sampled_from([node.what for node in graph.kind(NodeKind.WORKLOAD) if node.what]))
    change = data.draw(st.sampled_from(list(candidates(workload.confinement))))
    made = Change(kind=change.kind, target=str(workload.identity), detail=change.detail)
    assert held(attack(applied(graph, [made], supposed()))) <= held(attack(graph))


LOOSE = (
    Change(kind=ChangeKind.ADD_CAPABILITY, detail="CAP_SYS_ADMIN"),
    Change(kind=ChangeKind.ADD_CAPABILITY, detail="CAP_SYS_MODULE"),
    Change(kind=ChangeKind.SHARE_NAMESPACE, detail="pid"),
    Change(kind=ChangeKind.ADD_MOUNT, detail="/"),
    Change(kind=ChangeKind.UNMASK, detail="/proc/keys"),
    *(Change(kind=kind) for kind in (ChangeKind.SECCOMP_OFF, ChangeKind.LSM_OFF, ChangeKind.NEW_PRIVILEGES)),
    *(Change(kind=kind) for kind in (ChangeKind.MAKE_PRIVILEGED, ChangeKind.ROOT_USER, ChangeKind.HOST_KERNEL)),
    Change(kind=ChangeKind.NO_USER_NAMESPACE),
)


@quick
@given(stacks(), st.sampled_from(LOOSE))
def test_a_control_less_never_makes_less_reachable(parts: Parts, change: Change) -> None:
    graph = assemble(parts)
    everywhere = msgspec.structs.replace(change, target=EVERYWHERE)
    assert held(attack(graph)) <= held(attack(applied(graph, [everywhere], supposed())))


@quick
@given(stacks(), grants())
def test_a_permission_never_makes_less_reachable(parts: Parts, more: tuple[object, object]) -> None:
    before = held(attack(assemble(parts)))
    assert before <= held(attack(assemble((*parts, granted(*more)))))  # type: ignore[arg-type]  # what `grants` draws


@quick
@given(stacks(), st.randoms(use_true_random=False), st.integers(0, 5))
def test_the_order_and_grouping_of_stacks_make_no_difference(parts: Parts, dice: object, at: int) -> None:
    shuffled = list(parts)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis types its random as object
    grouped = [
        Relations(nodes=tuple(n for part in some for n in part.nodes), edges=tuple(e for part in some for e in part.edges))
        for some in (shuffled[:at], shuffled[at:])
    ]
    assert as_set(attack(assemble(parts))) == as_set(attack(assemble(shuffled))) == as_set(attack(assemble(grouped)))


@quick
@given(stacks(), st.data())
def test_a_graph_that_was_changed_is_that_which_is_made_anew(parts: Parts, data: st.DataObject) -> None:
    graph = assemble(parts)
    assert graph.alike is not None
    assert graph.hosts is not None
    key = data.draw(st.sampled_from(list(graph.nodes)))
    other = data.draw(st.sampled_from([node for node in graph.nodes.values() if node.kind is graph.nodes[key].kind]))
    changed = graph.with_nodes({key: msgspec.structs.replace(other, id=key)})
    anew = Graph(dict(changed.nodes), graph.out, graph.into)
    assert as_set(attack(changed)) == as_set(attack(anew))


@quick
@given(stacks())
def test_every_cut_cuts_once_it_is_made(parts: Parts) -> None:
    """Not only by taking steps off the drawing: the changes are made to the stack, and everything is judged again."""
    graph = assemble(parts)
    net = net_of(graph)
    made = cut(net, effort_of())
    hopeless = {net.heads[index] for index in made.uncut}
    assert still_open(net, frozenset(made.changes)).starts == len(hopeless)
    after = net_of(applied(graph, [net.changes[number] for number in made.changes], supposed()))
    opened = {after.vertices[after.heads[index]] for index in (after.out[after.start] if after.start >= 0 else ())}
    assert opened <= {net.vertices[vertex] for vertex in hopeless}


@quick
@given(stacks(), st.data())
def test_each_cut_of_a_step_takes_it_away(parts: Parts, data: st.DataObject) -> None:
    graph = assemble(parts)
    found = [step for step in attack(graph).steps() if step.cuts]
    if not found:
        return
    step = data.draw(st.sampled_from(found))
    change = data.draw(st.sampled_from(step.changes))
    again = attack(applied(graph, [change], supposed())).out.get(step.source, ())
    assert not [item for item in again if (item[:4], item.owner) == (step[:4], step.owner)]


@quick
@given(stacks(), st.sampled_from(By))
def test_every_step_of_a_path_holds_by_itself(parts: Parts, by: By) -> None:
    graph = assemble(parts)
    found = attack(graph)
    net = network(found, goals(graph, END))
    steps = {(found.label(step.source), found.label(step.target), step.technique.slug) for step in found.steps()}
    for path in paths(found, net, by):
        assert path.steps[0].source == "outside"
        assert path.steps[-1].target == path.goal
        for one, following in zip(path.steps, path.steps[1:], strict=False):
            assert one.target == following.source
        assert all((step.source, step.target, step.technique) in steps for step in path.steps)


@quick
@given(stacks(), st.randoms(use_true_random=False))
def test_what_is_left_after_each_change_is_what_a_search_finds(parts: Parts, dice: object) -> None:
    net = net_of(assemble(parts))
    order = list(range(len(net.changes)))
    dice.shuffle(order)  # type: ignore[attr-defined]  # hypothesis types its random as object
    order = order[:6]
    expected = [still_open(net, frozenset(order[: number + 1])) for number in range(len(order))]
    assert left_after_each(net, order) == expected


SETS = st.lists(st.frozensets(st.integers(0, 7), min_size=1, max_size=4), min_size=1, max_size=7)


@given(SETS, st.lists(st.integers(1, 9), min_size=8, max_size=8))
def test_the_cheapest_changes_are_those_that_trying_all_finds(sets: list[frozenset[int]], costs: list[int]) -> None:
    prices = {number: float(price) for number, price in enumerate(costs)}
    hit = hitting(sets, prices)
    every = [set(some) for size in range(9) for some in combinations(range(8), size)]
    least = min(sum(prices[item] for item in some) for some in every if all(item & some for item in sets))
    assert hit.exact
    assert hit.price == hit.bound == least
    assert all(item & hit.chosen for item in sets)
