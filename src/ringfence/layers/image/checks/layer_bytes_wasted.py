"""Layers carry files that later layers delete or replace.

A layer is pulled and kept whole: what a later step deletes or writes anew is still transferred and stored, and
whoever has the image can read it. Changing the owner or the mode of a file writes it anew as well. A tenth of the
image, or 20 MB, is worth mending; a package database that each step rewrites is the usual small change.
"""

from ringfence.layers.image.facts import Facts, WastedBytes, in_megabytes
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="layer-bytes-wasted",
    severity="low",
    kind="bloat",
    remedy=(
        "Delete in the RUN step that makes (join the steps with &&), give owner and mode in COPY (`--chown`, `--chmod`), or "
        "copy the result out of a build stage."
    ),
    references=("https://docs.docker.com/build/building/best-practices/", "https://github.com/wagoodman/dive"),
)

MOST_SHARE = 0.1
"""The share of all files' bytes that may be wasted; dive's CI stops at the same."""
MOST_BYTES = 20_000_000
"""Bytes that may be wasted, however large the image."""
LEAST_BYTES = 1_000_000
"""Bytes below which nothing is said, however small the image."""


def check(subject: Facts) -> Outcome:
    """Whether more than a tenth, or more than 20 MB, is wasted."""
    wasted = sum(item.size for item in subject.wasted)
    share = wasted / subject.files_size if subject.files_size else 0.0
    if wasted < LEAST_BYTES or (share <= MOST_SHARE and wasted <= MOST_BYTES):
        whole = subject.seen_whole
        return Undecided(why=whole.reason) if isinstance(whole, Unknown) else Holds()
    worst = sorted((item for item in subject.wasted if item.size), key=lambda item: -item.size)
    return Broken(
        because=(
            f"{in_megabytes(wasted)} of {in_megabytes(subject.files_size)} ({share:.0%}) are hidden by later layers; "
            f"{in_megabytes(worst[0].size)} of it in layer {worst[0].layer}"
        ),
        at=worst[0].at,
        evidence=tuple(line for item in worst for line in _lines(item)),
    )


def _lines(item: WastedBytes) -> tuple[str, ...]:
    told = (
        f"layer {item.layer}: {item.deleted_files:,} files deleted later ({in_megabytes(item.deleted_bytes)}), "
        f"{item.replaced_files:,} replaced later ({in_megabytes(item.replaced_bytes)})"
    )
    return (told, *(f"layer {item.layer}: {line}" for line in item.largest))
