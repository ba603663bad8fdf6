"""Steps of an attack as data: escapes from a container, and what a permission is good for.

What a step needs is written here; whether it is possible for one container or identity is decided in `graph`.
"""

from enum import StrEnum

from ringfence.model.fact import Fact
from ringfence.model.stack_cve import Way


class Technique(Fact):
    """A kind of step. `attack` has ids of MITRE ATT&CK, `known_as` what other tools call it (`KubeHound CE_NSENTER`).

    `likelihood` (0 to 1) is how often somebody who may take the step succeeds, `effort` (hours) what it asks of them. Both
    are our own estimates: they order paths and measure nothing in the world.
    """

    slug: str
    title: str
    likelihood: float
    effort: float
    attack: tuple[str, ...] = ()
    known_as: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class Escape(Fact):
    """A way out of a container that needs no fault: a setting opens it.

    `gain` is that of `StackCve.gain`. `power`, if set, is the slug of a power that the container's own identity must have
    too.
    """

    technique: Technique
    gain: str
    ways: tuple[Way, ...]
    power: str = ""


class Ask(Fact):
    """A request: some rule must allow one of the verbs on one of the resources of the group. `name`: on this object too."""

    verbs: tuple[str, ...]
    resources: tuple[str, ...]
    group: str = ""
    name: str = ""


class Reach(StrEnum):
    """What a power gives over its scope: a namespace or the whole cluster."""

    CODE = "code-in-containers"
    ACCOUNTS = "acts-as-accounts"
    SECRETS = "reads-secrets"
    PODS = "makes-pods"
    """As `ACCOUNTS` and `SECRETS`, and root of a node unless admission refuses such pods."""
    NODES = "root-of-nodes"
    EVERYTHING = "everything-in-scope"
    ANYONE = "acts-as-anyone"
    NOTHING = "nothing-by-itself"


class Power(Fact):
    """What permissions are good for: all of `needs` must be allowed in one scope, each by any rule.

    `cluster_only` marks requests on objects without a namespace: a binding inside a namespace does not grant those. `doubt`
    names a fact that is not followed and could make the power worthless.
    """

    technique: Technique
    needs: tuple[Ask, ...]
    reaches: tuple[Reach, ...]
    cluster_only: bool = False
    doubt: str = ""
