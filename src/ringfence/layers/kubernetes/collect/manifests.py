"""Kubernetes manifests: YAML and JSON files, folders of them, or standard input.

What `helm template` and `kubectl kustomize` print is read like any other stream. A chart's own templates are no manifests
before they are rendered: they are named as what could not be read. One broken document does not hide its neighbours.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field

from ringfence.errors import LimitExceeded, Malformed, Unavailable, UnreadableInput
from ringfence.formats import kubernetes_objects, yaml_lines
from ringfence.formats.document_tree import Cursor
from ringfence.io import stdin
from ringfence.io.rooted import Rooted
from ringfence.io.world import Target, World
from ringfence.layers.kubernetes.collect.effective.assembly import Objects, assembled
from ringfence.layers.kubernetes.facts import Facts
from ringfence.model.declare import Source
from ringfence.model.finding import Problem

SOURCE = Source(slug="manifests", targets=("manifests", "tree"))

ENDINGS = (".yaml", ".yml", ".json")
"""What manifests are called in a folder. A file that the user names may be called anything."""
SKIPPED = frozenset(
    {".git", ".hg", ".svn", "node_modules", ".venv", "venv", "vendor", "site-packages", "__pycache__", ".tox", ".mypy_cache"}
)
"""Folders that hold other people's files, or none of use."""
MAX_FILES = 100_000
"""Files read of one folder."""
RENDER = "render it first: helm template CHART | ringfence k8s -"


@dataclass(slots=True)
class _Reading:
    """What is read so far: the objects, what could not be read, and the folders of templates that were not rendered."""

    objects: Objects = field(default_factory=Objects)
    problems: list[Problem] = field(default_factory=list)
    templates: dict[str, list[str]] = field(default_factory=dict)

    def take(self, data: bytes, path: str) -> None:
        """Read one file or stream; every fault in it becomes a problem."""
        try:
            parts, budget = yaml_lines.split(data), yaml_lines.Budget()
            for part in parts:
                self._part(part, path, budget)
        except UnreadableInput as fault:
            self.problems.append(Problem(where=path, why=fault.wrong))

    def _part(self, part: yaml_lines.Part, path: str, budget: yaml_lines.Budget) -> None:
        try:
            for tree in yaml_lines.parse(part, budget):
                for here in kubernetes_objects.objects(tree, path):
                    self._object(here, part)
        except Malformed as fault:
            self._fault(fault, part, path)

    def _object(self, here: Cursor, part: yaml_lines.Part) -> None:
        try:
            self.objects.add(here)
        except Malformed as fault:
            self._fault(fault, part, here.path)

    def _fault(self, fault: Malformed, part: yaml_lines.Part, path: str) -> None:
        if part.templated:
            self.templates.setdefault(os.path.dirname(path), []).append(f"{path}:{part.line}")
        else:
            self.problems.append(Problem(where=path, why=fault.wrong))

    def told(self) -> Iterator[Problem]:
        """Everything that could not be read; the templates of one folder together."""
        yield from self.problems
        for folder, places in self.templates.items():
            files = tuple(dict.fromkeys(place.rpartition(":")[0] for place in places))
            if len(files) == 1:
                yield Problem(where=places[0], why="is a template that was not rendered", mend=RENDER)
            else:
                why = f"{len(files)} files are templates that were not rendered, the first {places[0]}"
                yield Problem(where=folder or ".", why=why, mend=RENDER)


def collect(target: Target, world: World) -> Iterator[Facts]:
    """The objects of a file, a folder or standard input, together.

    Raises `UnreadableInput` for a named file that is no manifest, or cannot be opened.
    """
    reading = _Reading()
    alone = True
    if target.kind == "manifests" and target.ref == "-":
        reading.take(stdin.read(yaml_lines.MAX_BYTES), stdin.WHERE)
    else:
        alone = _read(target, world, reading)
    problems = tuple(reading.told())
    if alone and target.kind == "manifests" and not reading.objects.names:
        _refuse(stdin.WHERE if target.ref == "-" else target.ref, problems)
    for problem in problems:
        world.report(problem)
    if reading.objects.names or target.kind == "manifests":
        yield assembled(target.ref, reading.objects)


def _refuse(where: str, problems: tuple[Problem, ...]) -> None:
    if problems:
        first = problems[0]
        raise UnreadableInput(first.why, where=first.where, mend=first.mend)
    mend = "a manifest has apiVersion and kind"
    raise UnreadableInput("holds no Kubernetes object", where=where, mend=mend)


def _read(target: Target, world: World, reading: _Reading) -> bool:
    """Read what the target names; whether that is a single file."""
    try:
        host = world.host.resolve(os.path.abspath(target.ref))
        parent, name = os.path.split(host)
        if stat.S_ISDIR(Rooted(parent).entry(name).mode):
            _walk(Rooted(host), target, world, reading)
            return False
        if target.kind == "manifests":
            reading.take(Rooted(parent).read(name, yaml_lines.MAX_BYTES), target.ref)
    except LimitExceeded as fault:
        raise LimitExceeded(fault.limit, fault.allowed, where=target.ref) from fault
    except Unavailable as fault:
        raise UnreadableInput(fault.wrong, where=target.ref) from fault
    return True


def _walk(root: Rooted, target: Target, world: World, reading: _Reading) -> None:
    count = 0
    for entry in root.walk(skip=SKIPPED):
        if not entry.path.lower().endswith(ENDINGS):
            continue
        shown = os.path.join(target.ref, entry.path)
        try:
            # A mounted ConfigMap is all symbolic links; they are followed as long as they stay inside.
            if not (entry.is_file or (entry.link and root.entry(entry.path).is_file)):
                continue
            count += 1
            if count > MAX_FILES:
                raise LimitExceeded("manifests of one folder", MAX_FILES, where=target.ref)
            data = root.read(entry.path)
        except LimitExceeded:
            raise
        except (Unavailable, UnreadableInput) as fault:
            # A link to nothing, out of the folder or to itself is no manifest; a file that cannot be read may be one.
            if entry.is_file:
                world.report(Problem(where=shown, why=fault.wrong))
            continue
        # Most YAML and JSON of a source tree is something else, and need not be parsed to be passed over.
        if b"apiVersion" in data or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            reading.take(data, shown)
