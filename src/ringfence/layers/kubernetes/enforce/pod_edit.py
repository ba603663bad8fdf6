"""One change to a pod, and what a change needs to know of a container."""

from ringfence.formats.kubernetes_pod import CapabilityChange, PodContainer
from ringfence.formats.yaml_edit import Value, Way
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known


class Edit(Fact):
    """A value to be set at a place of the object, and why; with `item` it is one more item of the list there.

    `caveat` is what the change may break.
    """

    place: Way
    value: Value
    why: str
    caveat: str = ""
    item: bool = False


def change(item: PodContainer) -> CapabilityChange | None:
    """What the container changes in its capabilities; None if that cannot be read."""
    value = item.security.capabilities.value
    if value is None:
        return CapabilityChange()
    return value.value if isinstance(value, Known) else None


def adds(item: PodContainer, names: set[str]) -> bool:
    """Whether the container asks for one of these capabilities."""
    changed = change(item)
    return changed is not None and not names.isdisjoint(name.upper() for name in changed.add)
