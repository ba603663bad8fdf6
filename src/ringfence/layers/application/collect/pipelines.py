"""The pipelines of a tree: workflows and actions of GitHub, files of GitLab CI."""

import os
from collections.abc import Iterator

from ringfence.errors import LimitExceeded, RingfenceError, UnreadableInput
from ringfence.formats import github_workflow, gitlab_pipeline
from ringfence.formats.pipeline import Pipeline, is_gitlab, is_pipeline
from ringfence.io.rooted import Rooted
from ringfence.io.world import Target, World
from ringfence.layers.application.collect.source_tree import SKIPPED
from ringfence.layers.application.facts import Facts
from ringfence.model.declare import Source
from ringfence.model.finding import Problem

SOURCE = Source(slug="pipelines", targets=("tree",))

MAX_PIPELINES = 5_000
"""Files of pipelines read in one tree."""
MAX_BYTES = 4 * 1024 * 1024
"""Bytes read of one file."""


def collect(target: Target, world: World) -> Iterator[Facts]:
    """One `Facts` for each file. Raises `UnreadableInput` if the target is one file that is none, `LimitExceeded`."""
    if target.kind != "tree":
        return
    if os.path.isfile(target.ref):
        if is_pipeline(os.path.abspath(target.ref)):
            yield _alone(target.ref)
        return
    root = Rooted(target.ref)
    found = [entry.path for entry in root.walk(skip=SKIPPED) if entry.is_file and is_pipeline(entry.path)]
    if len(found) > MAX_PIPELINES:
        raise LimitExceeded("pipelines of one tree", MAX_PIPELINES, where=target.ref)
    for path in sorted(found):
        try:
            pipeline = _parsed(path, path, root.read(path, MAX_BYTES))
        except RingfenceError as cause:
            world.report(Problem(where=f"{target.ref.rstrip('/')}/{path}", why=cause.wrong))
            continue
        yield Facts(target=target.ref, folder=path.rpartition("/")[0], pipelines=(pipeline,))


def _alone(ref: str) -> Facts:
    folder, name = os.path.split(ref)
    try:
        pipeline = _parsed(name, os.path.abspath(ref), Rooted(folder or ".").read(name, MAX_BYTES))
    except RingfenceError as cause:
        raise UnreadableInput(cause.wrong, where=ref, mend=cause.mend or "see what the line says") from cause
    return Facts(target=ref, folder="", pipelines=(pipeline,))


def _parsed(path: str, whole: str, data: bytes) -> Pipeline:
    return gitlab_pipeline.parse(path, data) if is_gitlab(whole) else github_workflow.parse(path, data)
