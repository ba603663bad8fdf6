"""An interface through which a program talks the kernel into complicated work, and where holes are found again and again.

It says in the words of `stack_cve` what a program needs to use it, so that one decision serves both.
"""

from enum import StrEnum

from ringfence.model.fact import Fact
from ringfence.model.report import ConditionResult
from ringfence.model.stack_cve import Way


class KernelInterface(Fact, forbid_unknown_fields=True):
    """An interface by the name people know; `ways` are what it takes, any of them.

    `subject` is the part of the kernel it belongs to (`network`, `namespaces`, ...). `in_sentry` says whether gVisor's own
    kernel has it at all.
    """

    name: str
    subject: str
    ways: tuple[Way, ...]
    in_sentry: bool
    sources: tuple[str, ...]


class Exposure(StrEnum):
    """How far an interface stands open to a container."""

    OPEN = "open"
    BY_32_BIT = "open to 32-bit programs only"
    BY_SETUID = "open to set-user-ID programs and files with capabilities"
    UNLESS_FILTERED = "open unless a filter that is not known closes it"
    UNCERTAIN = "not certain"
    CLOSED = "closed"
    ABSENT = "not in this kernel"


class InterfaceAnswer(Fact):
    """One interface for one container. `way` is the one nearest to open, `conditions` what it takes, with the answers.

    `closed_by` has what closes it, for people: where that is a single thing, it is all that stands between.
    """

    name: str
    subject: str
    exposure: Exposure
    way: str = ""
    closed_by: tuple[str, ...] = ()
    conditions: tuple[ConditionResult, ...] = ()
