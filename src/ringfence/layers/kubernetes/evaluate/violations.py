"""One broken check of the Pod Security Standards, and the server's way of putting lists into words."""

from collections.abc import Callable, Iterable, Sequence

from ringfence.formats.kubernetes_pod import PodContainer, PodSpec, Setting
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known
from ringfence.model.location import Location


class Violation(Fact):
    """A check that a pod breaks: the server's reason and detail, word for word, and the first place that breaks it."""

    reason: str
    detail: str
    at: Location = Location()


def plural(word: str, count: int) -> str:
    """The word, with an s unless the count is one."""
    return word if count == 1 else f"{word}s"


def uses(count: int) -> str:
    """One uses, many use."""
    return "uses" if count == 1 else "use"


def quoted(names: Iterable[str]) -> str:
    """Names in double quotes, with commas; nothing inside is escaped, as the server does not."""
    return ", ".join(f'"{name}"' for name in names)


def containers(found: Sequence[PodContainer]) -> str:
    """`container "a"` or `containers "a", "b"`."""
    return f"{plural('container', len(found))} {quoted(item.container.identity.container for item in found)}"


def setters(pod: bool, found: Sequence[PodContainer]) -> str:
    """Who set something: the pod, containers, or both."""
    return " and ".join((("pod",) if pod else ()) + ((containers(found),) if found else ()))


def chosen(pod: PodSpec, wrong: Callable[[PodContainer], bool]) -> tuple[PodContainer, ...]:
    """The containers that are wrong, in the server's order."""
    return tuple(item for item in pod.containers if wrong(item))


def is_set(setting: Setting[bool], value: bool) -> bool:
    """Whether the setting is written with this value."""
    return setting.value == Known(value)
