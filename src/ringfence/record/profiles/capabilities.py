"""The capabilities a workload needs, with the evidence for each."""

from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, Maybe, Unknown, mapped
from ringfence.model.linux import mask_of, names_of
from ringfence.model.recording import CapabilityUse, Phase, Recording

GRANTABLE = frozenset(names_of((1 << 64) - 1))


class Needed(Fact):
    """A capability, the calls in which it was used, and by which executables."""

    name: str
    calls: tuple[str, ...]
    executables: tuple[str, ...]


class CapabilityNeeds(Fact):
    """What must be granted, and what was asked for and not had (it went without it)."""

    needed: tuple[Needed, ...] = ()
    refused: tuple[Needed, ...] = ()

    @property
    def mask(self) -> int:
        """The needed ones as a bit mask."""
        return mask_of(item.name for item in self.needed)


def needs(recording: Recording) -> Maybe[CapabilityNeeds]:
    """The smallest set that covers every use seen. Left out: the runtime's own uses, which it makes before it drops any.

    Left out too are uses over user namespaces that the workload made itself, where it has every capability anyway.
    """
    return mapped(recording.capabilities, _needs)


def _needs(uses: tuple[CapabilityUse, ...]) -> CapabilityNeeds:
    own = [use for use in uses if use.phase is not Phase.RUNTIME and use.name in GRANTABLE]
    outermost = min((use.level for use in uses), default=0)
    had = {use.name for use in own if use.had and use.level == outermost}
    refused = {use.name for use in own if not use.had} - had
    return CapabilityNeeds(
        needed=tuple(_one(name, [use for use in own if use.name == name and use.had]) for name in sorted(had)),
        refused=tuple(_one(name, [use for use in own if use.name == name and not use.had]) for name in sorted(refused)),
    )


def _one(name: str, uses: list[CapabilityUse]) -> Needed:
    return Needed(
        name=name,
        calls=tuple(sorted({call for use in uses for call in use.calls})),
        executables=tuple(sorted({path for use in uses for path in use.executables})),
    )


def granted(found: Maybe[CapabilityNeeds]) -> Maybe[int]:
    """The mask to grant."""
    match found:
        case Known(value):
            return Known(value.mask)
        case Unknown() as unknown:
            return unknown
