"""What a pod breaks, and the pod as rules look at it."""

from collections.abc import Iterator
from typing import TypeVar

from ringfence.formats.kubernetes_pod import PodContainer, PodSpec, Setting
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known
from ringfence.model.location import Location

T = TypeVar("T")


class Broken(Fact, gc=False):
    """A rule that a pod breaks: its name, what is wrong, and the container (with its image) whose fault it is, if one's."""

    rule: str
    message: str
    container: str = ""
    image: str = ""
    at: Location = Location()


class Judged(Fact):
    """A pod, and its containers with what they inherit from it; `unreadable` says what of it cannot be read."""

    pod: PodSpec
    containers: tuple[PodContainer, ...] = ()
    unreadable: str = ""

    @property
    def windows(self) -> bool:
        """Whether it has no Linux settings: the API server refuses them on pods that say so."""
        return self.pod.declared_os == "windows"


def judged(pod: PodSpec) -> Judged:
    """The pod as rules look at it."""
    return Judged(pod=pod, containers=tuple(pod.effective_containers()))


Found = Iterator[Broken]


def value_of(setting: Setting[T]) -> T | None:
    """The value that is written and can be read, else None; what cannot be read is another rule's (`unreadable`)."""
    return setting.value.value if isinstance(setting.value, Known) else None


def image_of(item: PodContainer) -> str:
    """The image as written; empty where none is."""
    return item.container.image.value if isinstance(item.container.image, Known) else ""


def by(item: PodContainer, message: str, at: Location) -> Broken:
    """Something that one container breaks."""
    name = item.container.identity.container
    return Broken(rule="", message=f'container "{name}" {message}', container=name, image=image_of(item), at=at)


def of_pod(message: str, at: Location) -> Broken:
    """Something that the pod itself breaks."""
    return Broken(rule="", message=f"pod {message}", at=at)


def listed(names: Iterator[str] | tuple[str, ...] | list[str]) -> str:
    """Names for a sentence; what is empty is said to be so."""
    return ", ".join(names) or "none"
