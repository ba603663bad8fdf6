"""The worked explanation of attack paths in the documentation says what the program says."""

from pathlib import Path

from ringfence.engine import collecting, storeys
from ringfence.engine.attack import Asked, told
from ringfence.engine.impacts import graph_of
from ringfence.graph.assemble import Graph
from ringfence.io.world import Target, World
from ringfence.report.diagram.drawing import JOINTS

FOLDER = Path(__file__).parents[3] / "docs" / "explained"


def graph() -> Graph:
    world = World(node="test", today="2026-11-24", readers=storeys.readers(), report=lambda _: None, progress=lambda _: None)
    return graph_of(collecting.gather(Target("manifests", str(FOLDER / "shop.yaml")), world))


def test_the_plan_in_the_documentation_is_the_plan() -> None:
    text = " ".join((FOLDER / "paths.md").read_text(encoding="utf-8").split())
    shown, answered = told(graph(), (), Asked())
    assert answered.exact
    assert f"{answered.goals_open} of {answered.goals} goals can be reached" in text
    assert f"{len(answered.plan)} changes, {answered.effort:g} h" in text
    for change in answered.plan:
        assert change.change in text
    for path in shown:
        assert all(step.target in text for step in path.steps if step.technique not in JOINTS)
