"""What an attacker may hold, and the steps between."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from ringfence.model.change import Change
from ringfence.model.technique import Technique

START = "start"
"""Where every path begins: outside, holding nothing."""

DOUBT = 0.5
"""What is left of a step's likelihood while a fact that it needs is not known."""


class Step(NamedTuple):
    """From holding one thing to holding the next.

    `because` has the facts that allow it, `missing` those that could still forbid it: then it is one that may be possible.
    Each of `cuts` alone takes the step away; those without a target are made to `owner`, the name of a container.
    """

    source: str
    target: str
    technique: Technique
    because: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    cuts: tuple[Change, ...] = ()
    owner: str = ""
    chance: float = 1.0
    """A factor on the technique's likelihood: the EPSS of a hole, how sure an assumption is."""

    @property
    def likelihood(self) -> float:
        """How often the step succeeds, 0 to 1."""
        return self.technique.likelihood * self.chance * (DOUBT if self.missing else 1.0)

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes that each take the step away."""
        return tuple(cut if cut.target else msgspec.structs.replace(cut, target=self.owner) for cut in self.cuts)


@dataclass(slots=True)
class AttackGraph:
    """Steps by the vertex that they start from, and a name for people of every vertex."""

    out: dict[str, list[Step]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    def add(self, steps: Iterable[Step]) -> None:
        """Take steps in."""
        for step in steps:
            found = self.out.get(step.source)
            if found is None:
                self.out[step.source] = [step]
            else:
                found.append(step)

    def steps(self) -> Iterator[Step]:
        """Every step."""
        for steps in self.out.values():
            yield from steps

    def label(self, vertex: str) -> str:
        """For people."""
        return self.labels.get(vertex, vertex)


def code(workload: str) -> str:
    """Code runs in a container, by its node id."""
    return f"code:{workload}"


def supplied(workload: str) -> str:
    """Who attacks made the image that a container, by its node id, runs."""
    return f"supplied:{workload}"


def root(host: str) -> str:
    """Root of a host, by its node id."""
    return f"root:{host}"


def files(host: str) -> str:
    """Any file of a host can be read."""
    return f"files:{host}"


def acts_as(identity: str) -> str:
    """Requests are made as an identity, by its node id."""
    return f"as:{identity}"


def reads(secret: str) -> str:
    """A secret is known, by its node id."""
    return f"read:{secret}"


def power(slug: str, cluster: str, namespace: str, names: tuple[str, ...] = ()) -> str:
    """A power over a scope: a namespace of a cluster, or (empty) the whole cluster."""
    return f"power:{slug}:{cluster}/{namespace}" + (f":{','.join(names)}" if names else "")


def scope(what: str, cluster: str, namespace: str = "") -> str:
    """All of `what` (`containers`, `accounts`, `secrets`, `pods`, `nodes`) in a scope: a joint of many steps."""
    return f"all:{what}:{cluster}/{namespace}"


def user(account: str) -> str:
    """Somebody is an ordinary user of a host, by the node id of the account."""
    return f"user:{account}"


def holder(thing: str) -> str:
    """What images come from is the attacker's: a registry, a signer's key, a builder, by its node id."""
    return f"holds:{thing}"


def network(exposure: str) -> str:
    """Connections can be made from a place inside the cluster, by the id of its exposure."""
    return f"net:{exposure}"


def admin(cluster: str) -> str:
    """Everything in a cluster."""
    return f"admin:{cluster}"


def some_node(cluster: str) -> str:
    """Root of whichever node a pod that is not scheduled yet will be put on."""
    return f"root:node-of:{cluster}"
