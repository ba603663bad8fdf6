"""What containers get of an engine when nobody asks for anything, by the engine's version, and what that stops."""

from collections.abc import Iterable

from ringfence.model.confinement import Confinement
from ringfence.model.fact import Fact


class VersionSpan(Fact):
    """Versions of an engine from `since` (included) to `before` (not included); an empty bound is none."""

    since: str = ""
    before: str = ""

    def __str__(self) -> str:
        """For people: `from 1.7.32 to before 2.0`."""
        start = f"from {self.since}" if self.since else ""
        end = f"before {self.before}" if self.before else ""
        return " to ".join(part for part in (start, end) if part) or "all versions"


def joined(spans: Iterable[VersionSpan]) -> tuple[VersionSpan, ...]:
    """The same versions in as few spans as will do, in order. Spans do not overlap."""
    found: list[VersionSpan] = []
    for span in sorted(spans, key=lambda item: _numbers(item.since)):
        if found and found[-1].before and _numbers(found[-1].before) == _numbers(span.since):
            found[-1] = VersionSpan(since=found[-1].since, before=span.before)
        else:
            found.append(span)
    return tuple(found)


def _numbers(version: str) -> tuple[int, ...]:
    """`2.0` and `2.0.0` are one."""
    numbers = [int(part) for part in version.split(".") if part.isdigit()]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


class DefaultContainer(Fact):
    """The confinement of a container of `engine` at the versions in `spans`, on a host that confines it no further."""

    engine: str
    spans: tuple[VersionSpan, ...]
    confinement: Confinement


class DefaultVerdict(Fact):
    """Whether an engine's defaults alone stop every way of a CVE: `stops` is None where that hangs on the host.

    `control` is what stops it, `because` the reason either way.
    """

    engine: str
    spans: tuple[VersionSpan, ...]
    stops: bool | None
    because: str
    control: str = ""
