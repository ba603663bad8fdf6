"""What an attacker is taken to know: CVEs, escapes, what permissions are good for."""

from dataclasses import dataclass

from ringfence.graph.controls import Defaults
from ringfence.graph.orders import Orders
from ringfence.model.stack_cve import StackCve
from ringfence.model.technique import Escape, Power


@dataclass(frozen=True, slots=True)
class Arsenal:
    """Everything that rules take from outside."""

    cves: tuple[StackCve, ...]
    escapes: tuple[Escape, ...]
    powers: tuple[Power, ...]
    orders: Orders
    defaults: Defaults
