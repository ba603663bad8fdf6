"""Workflows and composite actions of GitHub Actions, as pipelines.

Source: docs.github.com, "Workflow syntax for GitHub Actions", "Metadata syntax for GitHub Actions".
"""

import re

from ringfence.errors import Malformed
from ringfence.formats import credential_text, yaml_lines
from ringfence.formats.build_recipe import HIDDEN
from ringfence.formats.document_tree import Mapping, Scalar, Sequence, Tree
from ringfence.formats.pipeline import (
    Page,
    Pipeline,
    PipelineImage,
    PipelineJob,
    PipelineStep,
    bodies,
    child,
    entries,
    image_of,
    items,
    text_of,
)
from ringfence.model.knowledge import Known, Maybe, Unknown

_MATRIX = re.compile(r"matrix\.([A-Za-z_][\w-]*)")
_COMMENT = re.compile(r"#.*?\bv?(\d+(?:\.\d+){0,2})\b")
_VERSION = re.compile(r"v?(\d+(?:\.\d+){0,2})")
_SHELLS = ("", "bash", "sh")
OTHERS_DECIDE = Unknown("whoever uses it decides what starts it")


def parse(path: str, data: bytes) -> Pipeline:
    """The workflow or action at `path`. Raises `Malformed`, `LimitExceeded`."""
    page = Page(path, yaml_lines.decoded(data))
    documents = yaml_lines.read(data)
    top = documents[0] if documents else None
    if not isinstance(top, Mapping):
        raise Malformed("pipeline", "line 1: the file is not a mapping")
    if "runs" in top.entries:
        return _action(page, top)
    triggers: Maybe[tuple[str, ...]] = Known(_triggers(top.entries.get("on")))
    typed = _typed(child(child(child(top, "on"), "workflow_call"), "inputs")) + _typed(
        child(child(child(top, "on"), "workflow_dispatch"), "inputs")
    )
    whole = _Whole(
        page, triggers, page.variables(top.entries.get("env"), "env"), typed, _rights(top.entries.get("permissions"))
    )
    jobs = tuple(whole.job(name, body) for name, body in entries(top.entries.get("jobs"), "jobs"))
    return Pipeline(
        path=path,
        triggers=triggers,
        permissions=whole.permissions,
        jobs=jobs,
        credentials=tuple(page.credentials),
        at=page.at(top.line),
    )


def _action(page: Page, top: Mapping) -> Pipeline:
    whole = _Whole(page, OTHERS_DECIDE, (), _typed(top.entries.get("inputs")), "")
    runs = top.entries["runs"]
    job = PipelineJob(
        name="action",
        triggers=OTHERS_DECIDE,
        permissions=OTHERS_DECIDE,
        steps=whole.steps(child(runs, "steps"), ()),
        at=page.at(runs.line),
    )
    return Pipeline(
        path=page.path,
        composite=True,
        triggers=OTHERS_DECIDE,
        jobs=(job,),
        credentials=tuple(page.credentials),
        at=page.at(top.line),
    )


class _Whole:
    """What holds for all jobs of a file."""

    def __init__(
        self,
        page: Page,
        triggers: Maybe[tuple[str, ...]],
        environment: tuple[tuple[str, str], ...],
        typed: tuple[str, ...],
        permissions: str,
    ) -> None:
        self.page = page
        self.triggers = triggers
        self.environment = environment
        self.typed = typed
        self.permissions = permissions

    def job(self, name: str, body: Tree) -> PipelineJob:
        """One job. Raises `Malformed`."""
        given = dict(entries(body, f"job {name[:80]}"))
        environment = (*self.environment, *self.page.variables(given.get("env"), "env"))
        called = isinstance(self.triggers, Known) and "workflow_call" in self.triggers.value
        rights = _rights(given.get("permissions")) or self.permissions
        return PipelineJob(
            name=name,
            triggers=self.triggers,
            runners=_runners(given.get("runs-on"), child(given.get("strategy"), "matrix")),
            condition=text_of(given.get("if")),
            permissions=Unknown("the workflow that calls it decides") if called and not rights else Known(rights),
            calls=text_of(given.get("uses")),
            all_secrets=text_of(given.get("secrets")) == "inherit",
            steps=self.steps(given.get("steps"), environment),
            images=(*self._images(given), *self._step_images(given.get("steps"))),
            at=self.page.at(body.line),
        )

    def steps(self, tree: Tree | None, environment: tuple[tuple[str, str], ...]) -> tuple[PipelineStep, ...]:
        """The steps of a list. Raises `Malformed`."""
        return tuple(self._step(item, environment) for item in items(tree, "steps"))

    def _step(self, tree: Tree, outside: tuple[tuple[str, str], ...]) -> PipelineStep:
        given = dict(entries(tree, "a step"))
        environment = (*outside, *self.page.variables(given.get("env"), "env"))
        use, run = given.get("uses"), given.get("run")
        action, _, reference = text_of(use).partition("@")
        line = (use or run or tree).line
        inputs = tuple((name, text_of(value)) for name, value in entries(given.get("with"), "with"))
        for name, value in entries(given.get("with"), "with"):
            if seen := credential_text.in_value(name, text_of(value)):
                self.page.keep("with", (seen,), value.line)
        shell = text_of(given.get("shell")).split(" ")[0]
        commands, expressions = self.page.script(text_of(run), line)
        if action == "actions/github-script" and (script := child(given.get("with"), "script")):
            expressions = self.page.expressions(text_of(script), script.line)
        return PipelineStep(
            triggers=self.triggers,
            # What PowerShell or Python would do with the text is another question.
            commands=commands if shell in _SHELLS else (),
            expressions=expressions,
            environment=environment,
            typed=self.typed,
            action=action,
            reference=reference,
            version=_version(reference, self.page.line(line)),
            inputs=tuple((name, HIDDEN if credential_text.in_value(name, value) else value) for name, value in inputs),
            at=self.page.at(line),
        )

    def _images(self, given: dict[str, Tree]) -> list[PipelineImage]:
        found = [(given.get("container"), "container")]
        found += [(body, "service") for _, body in entries(given.get("services"), "services")]
        return [
            self._image(tree, role) for tree, role in found if tree is not None and (text_of(tree) or child(tree, "image"))
        ]

    def _image(self, tree: Tree, role: str) -> PipelineImage:
        name = text_of(tree, "image") if isinstance(tree, Mapping) else text_of(tree)
        self.page.variables(child(tree, "env"), f"{role} env")
        for key, value in entries(child(tree, "credentials"), "credentials"):
            if seen := credential_text.in_value(key, text_of(value)):
                self.page.keep(f"{role} credentials", (seen,), value.line)
        volumes = " ".join(f"-v {text_of(item)}" for item in items(child(tree, "volumes"), "volumes"))
        options = f"{text_of(child(tree, 'options'))} {volumes}".strip()
        return PipelineImage(image=image_of(name, "${{"), role=role, options=options, at=self.page.at(tree.line))

    def _step_images(self, steps: Tree | None) -> list[PipelineImage]:
        found = [use for step in items(steps, "steps") if (use := child(step, "uses")) is not None]
        return [
            PipelineImage(image=image_of(use.text[len("docker://") :], "${{"), role="action", at=self.page.at(use.line))
            for use in found
            if isinstance(use, Scalar) and use.text.startswith("docker://")
        ]


def _triggers(tree: Tree | None) -> tuple[str, ...]:
    if isinstance(tree, Mapping):
        return tuple(tree.entries)
    if isinstance(tree, Sequence):
        return tuple(text_of(item) for item in tree.items)
    return (text_of(tree),) if text_of(tree) else ()


def _rights(tree: Tree | None) -> str:
    if tree is None or (isinstance(tree, Scalar) and tree.value is None):
        return ""
    return tree.text if isinstance(tree, Scalar) else "listed"


def _typed(tree: Tree | None) -> tuple[str, ...]:
    """The inputs that are no text; of a choice, whoever starts the workflow takes one that is written."""
    if not isinstance(tree, Mapping):
        return ()
    return tuple(name for name, body in tree.entries.items() if text_of(body, "type") in ("boolean", "number", "choice"))


def _runners(tree: Tree | None, matrix: Tree | None) -> Maybe[tuple[str, ...]]:
    if isinstance(tree, Mapping):
        if "labels" not in tree.entries:
            return Unknown("a group of runners decides")
        tree = tree.entries["labels"]
    labels = [text_of(item) for item in tree.items] if isinstance(tree, Sequence) else [text_of(tree)] if tree else []
    found: list[str] = []
    for label in labels:
        inside = bodies(label)
        if not inside:
            found.append(label)
            continue
        told = _of_matrix(inside[0], matrix) if label.strip() == f"${{{{{label.strip()[3:-2]}}}}}" else None
        if told is None:
            return Unknown(f"an expression decides the runner: {label[:80]}")
        found.extend(told)
    return Known(tuple(dict.fromkeys(found)))


def _of_matrix(expression: str, matrix: Tree | None) -> list[str] | None:
    """All values that `matrix.NAME` takes, if they are written in the file."""
    seen = _MATRIX.fullmatch(expression)
    if not seen or not isinstance(matrix, Mapping):
        return None
    listed, more = matrix.entries.get(seen[1]), matrix.entries.get("include")
    values = [*(listed.items if isinstance(listed, Sequence) else ())]
    values += [item.entries[seen[1]] for item in (more.items if isinstance(more, Sequence) else ()) if child(item, seen[1])]  # type: ignore[union-attr]  # child() says that it is a mapping
    flat = [inner for item in values for inner in (item.items if isinstance(item, Sequence) else (item,))]
    found = [text_of(item) for item in flat]
    return found if found and all(found) and not any("${{" in one for one in found) else None


def _version(reference: str, line: str) -> str:
    """The version that a tag names, or the comment behind a commit."""
    if seen := _VERSION.fullmatch(reference):
        return seen[1]
    comment = _COMMENT.search(line.partition(reference)[2]) if reference else None
    return comment[1] if comment else ""
