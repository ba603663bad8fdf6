"""Runs every source that knows a kind of target, and keeps what could not be done."""

import msgspec

from ringfence import __version__
from ringfence.engine.index import plugins
from ringfence.engine.storeys import Gathered, StoreyFacts, collect_of, facts_type
from ringfence.errors import RingfenceError, UnreadableInput
from ringfence.io.world import Target, World
from ringfence.model.finding import Problem, Storey
from ringfence.model.stack import SCHEMA, Section, Stack


def gather(target: Target, world: World) -> tuple[Gathered, ...]:
    """The facts of every source about one target.

    A source that fails on the host is a problem, and the others go on; one that fails on something the user named by its
    path or reference raises its `RingfenceError`.
    """
    found: list[Gathered] = []
    for source in plugins("SOURCE"):
        kinds = source.fields["targets"]
        if not isinstance(kinds, (tuple, list)) or target.kind not in kinds:
            continue
        world.progress(f"{source.storey}: {source.title}")
        try:
            found.extend(
                Gathered(Storey(source.storey), source.slug, facts.about or target.ref, facts)
                for facts in collect_of(source)(target, world)
            )
        except RingfenceError as fault:
            if target.kind not in ("host", "host-images"):
                raise
            world.report(Problem(where=fault.where or source.slug, why=fault.wrong, mend=fault.mend))
    return tuple(found)


def freeze(gathered: tuple[Gathered, ...], problems: tuple[Problem, ...], *, node: str, at: str) -> Stack:
    """Facts as a document to save. `at` is the time of collection, RFC 3339."""
    sections = tuple(
        Section(
            storey=item.storey,
            source=item.source,
            target=item.target,
            facts=msgspec.Raw(msgspec.json.encode(item.facts)),
        )
        for item in gathered
    )
    return Stack(
        schema=SCHEMA, made_by=f"ringfence {__version__}", collected_at=at, node=node, sections=sections, problems=problems
    )


MEND = "make one with 'ringfence collect -o stack.json'"


def read_stack(data: bytes, where: str) -> Stack:
    """A saved document, its facts still closed. Raises `UnreadableInput` if it is none of ours."""
    try:
        stack = msgspec.json.decode(data, type=Stack)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise UnreadableInput(f"is not a saved stack: {cause}", where=where, mend=MEND) from cause
    if stack.schema != SCHEMA:
        raise UnreadableInput(f"is a {stack.schema!r} document, not {SCHEMA}", where=where, mend=MEND)
    return stack


def facts_in(storey: Storey, raw: bytes | msgspec.Raw, where: str) -> StoreyFacts:
    """The facts of one section. Raises `UnreadableInput` if they are not the storey's."""
    try:
        return msgspec.json.decode(raw, type=facts_type(storey))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise UnreadableInput(f"is not a saved stack: {cause}", where=where, mend=MEND) from cause


def thaw(data: bytes, where: str) -> tuple[Stack, tuple[Gathered, ...]]:
    """A saved document and its facts. Raises `UnreadableInput` if it is none of ours."""
    stack = read_stack(data, where)
    return stack, tuple(
        Gathered(item.storey, item.source, item.target, facts_in(item.storey, item.facts, where)) for item in stack.sections
    )
