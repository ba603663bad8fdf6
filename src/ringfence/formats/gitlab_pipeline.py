"""Files of GitLab CI, as pipelines.

Source: docs.gitlab.com, "CI/CD YAML syntax reference". `extends` and `!reference` are not followed: what they bring in is
read where it stands, as a job of its own.
"""

from collections.abc import Iterator

from ringfence.errors import Malformed
from ringfence.formats import yaml_lines
from ringfence.formats.document_tree import Mapping, Scalar, Sequence, Tree
from ringfence.formats.pipeline import (
    GITLAB,
    Page,
    Pipeline,
    PipelineImage,
    PipelineInclude,
    PipelineJob,
    PipelineStep,
    child,
    image_of,
    text_of,
)
from ringfence.model.knowledge import Unknown

_NO_JOBS = frozenset(
    {"default", "include", "stages", "variables", "workflow", "image", "services", "before_script", "after_script"}
    | {"cache", "spec", "types"}
)
_SCRIPTS = ("before_script", "script", "after_script")
_KINDS = ("remote", "project", "component", "template", "local", "artifact")
_STARTS = Unknown("the project's settings decide what starts it")


def parse(path: str, data: bytes) -> Pipeline:
    """The file at `path`. Raises `Malformed`, `LimitExceeded`."""
    page = Page(path, yaml_lines.decoded(data))
    jobs: list[PipelineJob] = []
    includes: list[PipelineInclude] = []
    for top in yaml_lines.read(data):
        if not isinstance(top, Mapping):
            raise Malformed("pipeline", f"line {top.line}: the file is not a mapping")
        page.variables(top.entries.get("variables"), "variables")
        includes += _includes(page, top.entries.get("include"))
        for name, body in (("default", top), *top.entries.items()):
            if isinstance(body, Mapping) and (name == "default" or name not in _NO_JOBS):
                job = _job(page, name, body)
                if name != "default" or job.steps or job.images:
                    jobs.append(job)
    return Pipeline(
        path=path,
        system=GITLAB,
        triggers=_STARTS,
        jobs=tuple(jobs),
        includes=tuple(includes),
        credentials=tuple(dict.fromkeys(page.credentials)),
        at=page.at(1),
    )


def _job(page: Page, name: str, body: Mapping) -> PipelineJob:
    if name != "default":
        page.variables(body.entries.get("variables"), "variables")
    steps = [
        _step(page, item)
        for key in _SCRIPTS
        if (written := body.entries.get(key)) is not None
        for item in _scalars(written)
        if item.text
    ]
    return PipelineJob(
        name=name,
        system=GITLAB,
        triggers=_STARTS,
        runners=Unknown("the project's settings decide which runners take it"),
        permissions=Unknown("GitLab's job token is scoped by the project's settings"),
        steps=tuple(steps),
        images=tuple(_images(page, body)),
        at=page.at(body.line),
    )


def _step(page: Page, item: Scalar) -> PipelineStep:
    commands, _ = page.script(item.text, item.line)
    return PipelineStep(system=GITLAB, triggers=_STARTS, commands=commands, at=page.at(item.line))


def _scalars(tree: Tree) -> Iterator[Scalar]:
    """The lines of a script, which may be lists within lists; the reader bounds their depth."""
    if isinstance(tree, Scalar):
        yield tree
    elif isinstance(tree, Sequence):
        for item in tree.items:
            yield from _scalars(item)


def _images(page: Page, body: Mapping) -> Iterator[PipelineImage]:
    services = body.entries.get("services")
    listed = services.items if isinstance(services, Sequence) else ()
    image = body.entries.get("image")
    for tree, role in (*((image, "container") for _ in (image,) if image), *((item, "service") for item in listed)):
        name = text_of(tree, "name") if isinstance(tree, Mapping) else text_of(tree)
        page.variables(child(tree, "variables"), f"{role} variables")
        if name:
            yield PipelineImage(image=image_of(name, "$"), role=role, at=page.at(tree.line))


def _includes(page: Page, tree: Tree | None) -> Iterator[PipelineInclude]:
    for item in tree.items if isinstance(tree, Sequence) else (tree,) if tree else ():
        if isinstance(item, Scalar):
            kind = "remote" if item.text.startswith(("http://", "https://")) else "local"
            yield PipelineInclude(kind=kind, address=item.text, at=page.at(item.line))
            continue
        kind = next((name for name in _KINDS if child(item, name) is not None), "")
        if not kind:
            continue
        address, _, version = text_of(item, kind).partition("@") if kind == "component" else (text_of(item, kind), "", "")
        yield PipelineInclude(
            kind=kind,
            address=address,
            reference=version or text_of(item, "ref"),
            digest=bool(text_of(item, "integrity")),
            at=page.at(item.line),
        )
