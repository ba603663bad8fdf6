"""A stream of manifests with its pods hardened: only what is changed is written, every other byte stays."""

import contextlib
import json
from collections.abc import Iterator
from collections.abc import Mapping as Mapping_

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import kubernetes_objects, yaml_edit, yaml_lines
from ringfence.formats.document_tree import Cursor, Mapping, Scalar, Sequence, Tree
from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.formats.pod_security_standard import Level
from ringfence.formats.yaml_edit import Way
from ringfence.layers.kubernetes.enforce.least_container import Needed, forbidden, regular
from ringfence.layers.kubernetes.enforce.pod_edit import Edit
from ringfence.layers.kubernetes.enforce.pod_hardening import edits, left
from ringfence.model.fact import Fact

MAX_EDITS = 5_000
"""Changes made to one stream; each reads its document again."""


class Made(Fact):
    """A change that was made: in which object, where, and why; `caveat` is what it may break."""

    object: str
    field: str
    value: str
    why: str
    caveat: str = ""


class Hardened(Fact):
    """The new text, what was changed, and what is left: what a level still forbids, and what could not be read.

    `objects` counts the pods that were looked at; `documents` those that are mappings.
    """

    text: str
    documents: int = 0
    objects: int = 0
    made: tuple[Made, ...] = ()
    left: tuple[str, ...] = ()


def containers(data: bytes) -> tuple[str, ...]:
    """The names of the containers that pods of the stream start (init containers left out), each once."""
    found: dict[str, None] = {}
    for part in yaml_lines.split(data):
        if not part.templated:
            with contextlib.suppress(Malformed):
                trees = yaml_lines.parse(part)
                found.update((name, None) for tree in trees for _, pod in _pods(tree) for name in regular(pod))
    return tuple(found)


def harden(data: bytes, path: str, level: Level | None, needed: Needed | None = None) -> Hardened:
    """The stream with the missing defaults added and, if a level is named, corrected to keep it.

    `needed` says what one container was seen to need: it gets that and no more, as far as the level lets it.

    Documents that cannot be read, and those with templates, stay as they are and are told in `left`. Raises `Malformed` or
    `LimitExceeded` for a stream that is none.
    """
    texts: list[str] = []
    made: list[Made] = []
    rest: list[str] = []
    count = documents = 0
    parts = yaml_lines.split(data)
    for part in parts:
        text = part.text
        done: list[Made] = []
        if part.templated:
            rest.append(f"{path}:{part.line}: is a template that was not rendered")
        else:
            try:
                text, done = _document(part.text, level, needed)
                trees = yaml_lines.parse(yaml_lines.Part(text, 1))
                documents += sum(isinstance(tree, Mapping) for tree in trees)
                count += sum(1 for tree in trees for _ in _pods(tree))
                rest.extend(f"{path}: {line}" for line in _left(text, level, needed))
            except Malformed as fault:
                text, done = part.text, []
                rest.append(f"{path}: {fault.wrong}")
        texts.append(text)
        made.extend(done)
    # Comments behind the last document belong to no part.
    behind = yaml_lines.decoded(data)[sum(len(part.text) for part in parts) :]
    whole = "".join((*texts, behind))
    return Hardened(text=whole, documents=documents, objects=count, made=tuple(made), left=tuple(rest))


def _document(text: str, level: Level | None, needed: Needed | None) -> tuple[str, list[Made]]:
    """One document hardened. Several documents between two separators are left alone: positions would not hold."""
    made: list[Made] = []
    trees = yaml_lines.parse(yaml_lines.Part(text, 1))
    if len(trees) != 1:
        return text, made
    for prefix, pod in _pods(trees[0]):
        for edit in edits(pod, level, needed):
            if len(made) >= MAX_EDITS:
                raise LimitExceeded("changes to one document", MAX_EDITS)
            place = (*prefix, *edit.place)
            item = edit.value if edit.item and isinstance(edit.value, Mapping_) else None
            changed = yaml_edit.put(text, place, edit.value) if item is None else yaml_edit.append(text, place, item)
            if changed != text:
                made.append(_made(pod, edit))
            text = changed
    return text, made


def _made(pod: PodSpec, edit: Edit) -> Made:
    field = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in edit.place).lstrip(".")
    return Made(object=str(pod.owner), field=field, value=json.dumps(edit.value), why=edit.why, caveat=edit.caveat)


def _left(text: str, level: Level | None, needed: Needed | None) -> Iterator[str]:
    if level is None:
        return
    for tree in yaml_lines.parse(yaml_lines.Part(text, 1)):
        for _, pod in _pods(tree):
            yield from (f"{pod.owner}: {said}" for said in (*left(pod, level), *forbidden(pod, level, needed)))


def _pods(tree: Tree) -> Iterator[tuple[Way, PodSpec]]:
    """The pods of a document, with the way to the object that each stands in."""
    for prefix, here in _objects(tree, ()):
        for item in kubernetes_objects.parse(here, kubernetes_objects.name_of(here)):
            if isinstance(item, PodSpec):
                yield prefix, item


def _objects(tree: Tree, prefix: Way) -> Iterator[tuple[Way, Cursor]]:
    if not isinstance(tree, Mapping) or len(prefix) > 2 * kubernetes_objects.MAX_LISTS:
        return
    items = tree.entries.get("items")
    kind = tree.entries.get("kind")
    if isinstance(kind, Scalar) and kind.text.endswith("List") and isinstance(items, Sequence):
        for index, item in enumerate(items.items):
            yield from _objects(item, (*prefix, "items", index))
    elif "apiVersion" in tree.entries and "kind" in tree.entries:
        yield prefix, Cursor(tree, "", "", tree.line)
