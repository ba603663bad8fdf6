"""SSVC and BOD 26-04: the tables are whole, the inputs are shown, and what is not known widens the answer."""

from itertools import product

import msgspec
import pytest

from graph.test_impact import ADMIN, DEFAULT, ORDERS, known, stack
from ringfence.engine.supposing import told_inputs
from ringfence.errors import WrongUsage
from ringfence.graph.assemble import Graph
from ringfence.graph.decisions import decisions, system_exposure
from ringfence.graph.impact import impact
from ringfence.knowledge.decision_tables import decision_tables
from ringfence.model.decision import Decision, DecisionTable
from ringfence.model.node import Edge, EdgeKind, Node, NodeKind, exposure_id, workload_id
from ringfence.model.rating import Rating

RATED = Rating(id="CVE-2022-0492", exploitation="poc", automatable="no", technical_impact="total")


@pytest.mark.parametrize("table", decision_tables(), ids=lambda table: table.slug)
def test_a_table_answers_every_combination_once(table: DecisionTable) -> None:
    values = [sorted({row[place] for row in table.rows}) for place in range(len(table.inputs))]
    assert sorted(row[:-1] for row in table.rows) == sorted(product(*values))
    assert {row[-1] for row in table.rows} == set(table.outcomes)
    assert table.source.startswith("https://")
    assert table.licence


def exposed(graph: Graph, name: str, place: str) -> Graph:
    workload = next(node.what for node in graph.kind(NodeKind.WORKLOAD) if node.what and node.what.identity.name == name)
    place_id = exposure_id(place)
    edge = Edge(source=place_id, target=workload_id(workload), kind=EdgeKind.EXPOSES, because="an Ingress")
    nodes = {**graph.nodes, place_id: Node(id=place_id, kind=NodeKind.EXPOSURE, label=place)}
    return Graph(nodes, {**graph.out, place_id: (edge,)}, graph.into)


def ask(graph: Graph, rating: Rating | None = RATED, told: dict[str, str] | None = None) -> dict[str, Decision]:
    cve = known("CVE-2022-0492")
    return {
        item.table: item for item in decisions(graph, impact(graph, cve, ORDERS), cve, rating, decision_tables(), told or {})
    }


def test_exposure_of_a_workload_that_can_use_it_decides() -> None:
    answer = ask(exposed(stack(DEFAULT, ADMIN), "admin", "internet"))["bod-26-04"]
    assert answer.outcomes == ("14 days",)
    assert next(item for item in answer.inputs if item.name == "publicly exposed").because == "admin: an Ingress"


def test_exposure_of_a_workload_that_cannot_use_it_does_not_count() -> None:
    graph = exposed(stack(DEFAULT, ADMIN), "default", "internet")
    assert system_exposure(graph, impact(graph, known("CVE-2022-0492"), ORDERS)).values == ("small", "controlled")
    assert ask(graph)["bod-26-04"].outcomes == ("fix on system upgrade",)


def test_where_no_workload_can_use_it_exposure_is_small() -> None:
    graph = exposed(stack(DEFAULT), "default", "internet")
    assert system_exposure(graph, impact(graph, known("CVE-2022-0492"), ORDERS)).values == ("small",)


def test_what_is_not_known_widens_the_answer_and_is_named() -> None:
    answer = ask(stack(ADMIN), None)["bod-26-04"]
    assert len(answer.outcomes) > 1
    assert {item.name: item.values for item in answer.inputs}["in kev"] == ("no", "yes")
    assert all(item.because for item in answer.inputs)


def test_a_listing_as_exploited_makes_it_active() -> None:
    answer = ask(stack(ADMIN), msgspec.structs.replace(RATED, kev="2024-06-01"))
    assert {item.name: item.values for item in answer["ssvc-deployer"].inputs}["exploitation"] == ("active",)
    assert {item.name: item.values for item in answer["bod-26-04"].inputs}["in kev"] == ("yes",)


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ((), ("low", "medium", "high", "very high")),
        (("human-impact=high",), ("high",)),
        (("safety-impact=critical", "mission-impact=mef-failure"), ("high",)),
        (("safety-impact=critical",), ("medium", "high", "very high")),
    ],
)
def test_human_impact_is_what_the_user_tells_of_the_system(words: tuple[str, ...], values: tuple[str, ...]) -> None:
    answer = ask(stack(ADMIN), told=told_inputs(words))["ssvc-deployer"]
    (impact_input,) = [item for item in answer.inputs if item.name == "human impact"]
    assert impact_input.values == values
    assert impact_input.because


def test_cisas_levels_follow_mission_and_well_being() -> None:
    told = told_inputs(("mission-prevalence=essential", "public-well-being-impact=material"))
    graph = exposed(stack(ADMIN), "admin", "internet")
    rated = msgspec.structs.replace(RATED, exploitation="active", automatable="yes")
    assert ask(graph, rated, told)["cisa-coordinator"].outcomes == ("act",)
    assert len(ask(graph, rated)["cisa-coordinator"].outcomes) > 1


@pytest.mark.parametrize("word", ["luck=high", "human-impact=huge", "mission-prevalence", ""])
def test_what_no_table_asks_for_is_refused(word: str) -> None:
    with pytest.raises(WrongUsage, match="give one of"):
        told_inputs((word,))
