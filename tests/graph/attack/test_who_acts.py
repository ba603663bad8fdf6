"""A way that somebody else must take does not lead out of a container for code that runs in it."""

import msgspec
import pytest

from graph.attack.test_laws import WHOLE, held
from graph.test_impact import container, stack
from ringfence.graph.assemble import assemble
from ringfence.graph.attack.arsenal import Arsenal
from ringfence.graph.attack.derive import derive
from ringfence.graph.attack.entrances import Entrance
from ringfence.knowledge.stack_cves import stack_cve
from ringfence.model.node import Edge, EdgeKind, Node, NodeKind, Relations, host_id, image_id, workload_id
from ringfence.model.stack_cve import Actor, AttackerActs, StackCve, Way

WEB = container("web")
ROOT = f"root:{host_id('n')}"


def taken_by(actor: Actor) -> Arsenal:
    """An arsenal of one fault of runc, which takes such an act and nothing else."""
    model = stack_cve("CVE-2019-5736")
    assert model is not None
    way = Way(name="w", preconditions=(AttackerActs(what="does it", by=actor),))
    fault: StackCve = msgspec.structs.replace(model, ways=(way,), ranges=(model.ranges[0],), backports=())
    return Arsenal((fault,), (), (), WHOLE.orders, WHOLE.defaults)


def reaches_root(actor: Actor, entrance: Entrance) -> bool:
    graph = stack(WEB, runc="1.0.0-rc5")
    image = Relations(
        nodes=(Node(id=image_id("i"), kind=NodeKind.IMAGE, label="i"),),
        edges=(Edge(source=workload_id(WEB), target=image_id("i"), kind=EdgeKind.USES_IMAGE),),
    )
    whole = Relations(nodes=tuple(graph.nodes.values()), edges=tuple(edge for edges in graph.out.values() for edge in edges))
    return ROOT in held(derive(assemble((whole, image)), taken_by(actor), (entrance,)))


@pytest.mark.parametrize(
    ("actor", "from_code", "from_image"),
    [
        (Actor.INSIDE, True, True),
        (Actor.OPERATOR, True, True),
        (Actor.IMAGE, False, True),
        (Actor.STARTER, False, False),
        (Actor.CLUSTER, False, False),
        (Actor.HOST_USER, False, False),
    ],
)
def test_a_way_begins_where_its_actor_stands(actor: Actor, from_code: bool, from_image: bool) -> None:
    assert reaches_root(actor, Entrance.CONTAINERS) is from_code
    assert reaches_root(actor, Entrance.IMAGES) is from_image


def test_a_way_of_several_acts_takes_the_one_who_is_furthest_from_the_container() -> None:
    arsenal = taken_by(Actor.INSIDE)
    (fault,) = arsenal.cves
    acts = (AttackerActs(what="a", by=Actor.INSIDE), AttackerActs(what="b", by=Actor.CLUSTER))
    both = msgspec.structs.replace(fault, ways=(Way(name="w", preconditions=acts),))
    graph = stack(WEB, runc="1.0.0-rc5")
    found = derive(graph, Arsenal((both,), (), (), WHOLE.orders, WHOLE.defaults), (Entrance.CONTAINERS,))
    assert ROOT not in held(found)
