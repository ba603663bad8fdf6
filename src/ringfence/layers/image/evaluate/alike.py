"""The answers of checks that look for one thing in the same way: folders left in the tree, commands in the history."""

from collections.abc import Callable

from ringfence.layers.image.facts import LEAST_BYTES, Facts, Layer, as_lines, in_megabytes
from ringfence.model.knowledge import Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided


def left_over(subject: Facts, kind: str, least: int = LEAST_BYTES) -> Outcome:
    """Whether unneeded folders of one kind take at least so many bytes of the final tree."""
    found = subject.left(kind, least)
    if not found:
        whole = subject.seen_whole
        return Undecided(why=whole.reason) if isinstance(whole, Unknown) else Holds()
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return Broken(
        because=f"{in_megabytes(sum(item.size for item in found))} in {', '.join(item.path for item in found[:3])}{more}",
        at=found[0].at,
        evidence=as_lines(found),
    )


def made_by(subject: Facts, fits: Callable[[Layer, str], object]) -> Outcome:
    """Whether a layer was made by a command that fits, by its line of history."""
    if isinstance(subject.config, Unknown):
        return Undecided(why=subject.config.reason)
    found = [(layer, step) for layer, step in subject.steps if fits(layer, step)]
    if not found:
        return Holds()
    layer, step = found[0]
    return Broken(
        because=f"layer {layer.index}: {step[:160]}",
        at=Location(
            field=f"layer {layer.index}", layer_index=layer.index, layer_digest=layer.diff_id, created_by=layer.created_by
        ),
        evidence=tuple(f"layer {layer.index}: {step[:300]}" for layer, step in found),
    )
