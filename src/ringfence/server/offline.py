"""Policies asked without a cluster: what the webhook would say of manifests and of recorded requests."""

from collections.abc import Iterator

import msgspec

from ringfence.admission.answering import defaulted, sift
from ringfence.admission.attempt import Attempt
from ringfence.admission.evidence import Evidence
from ringfence.admission.judging import Decision, decide
from ringfence.admission.patching import Patched
from ringfence.errors import Malformed, UnreadableInput
from ringfence.formats import admission_review, json_tree, kubernetes_objects, yaml_lines
from ringfence.formats.admission_policy import AdmissionPolicy
from ringfence.formats.admission_review import Operation
from ringfence.formats.document_tree import Cursor, Tree
from ringfence.formats.kubernetes_objects import Namespace
from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Maybe, Unknown

NO_POD = "it holds no pod"
"""Why an object is not judged that is none of a workload."""


class Maker(Fact):
    """Who makes what manifests ask for, where what names no namespace goes, and whether defaults are left out."""

    user: str = ""
    groups: tuple[str, ...] = ()
    namespace: str = "default"
    as_is: bool = False


class Judged(Fact):
    """What became of one pod. Without a decision nothing was judged: `why` says so, or `fault` what could not be read."""

    name: str
    decision: Decision | None = None
    patch: tuple[Operation, ...] = ()
    why: str = ""
    fault: str = ""

    def as_json(self) -> dict[str, object]:
        """For scripts."""
        if self.decision is None:
            return {"object": self.name, "allowed": None, "why": self.why or self.fault}
        judgements = msgspec.to_builtins(self.decision.judgements)
        return {
            "object": self.name,
            "allowed": self.decision.allowed,
            "permit": self.decision.permit,
            "denials": list(self.decision.denials),
            "warnings": list(self.decision.warnings),
            "audit": list(self.decision.audit),
            "judgements": judgements,
            "patch": [item.as_json() for item in self.patch],
        }


class _Found(Fact):
    """A pod to be judged, with the object that it stands in."""

    tree: Tree
    attempt: Attempt


def judge(
    data: bytes,
    path: str,
    policies: tuple[AdmissionPolicy, ...],
    maker: Maker,
    asked: tuple[str, Evidence],
) -> tuple[Judged, ...]:
    """Every pod of a stream of manifests or reviews. `asked` is the day (YYYY-MM-DD) and whom to ask about images.

    Raises `Malformed` or `LimitExceeded` for a stream that is none; a broken document is told in its place.
    """
    found: list[Judged] = []
    parts = yaml_lines.split(data)
    budget = yaml_lines.Budget()
    trees: list[Tree] = []
    for part in parts:
        try:
            strict = len(parts) == 1 and part.text.lstrip("\ufeff \t\r\n").startswith("{")
            trees += [json_tree.read(data, "JSON document")] if strict else yaml_lines.parse(part, budget)
        except Malformed as fault:
            found.append(Judged(name=f"{path}:{part.line}", fault=fault.wrong))
    labels = _labels(trees)
    for tree in trees:
        for here in kubernetes_objects.objects(tree, path):
            try:
                found.extend(_judged(here, policies, maker, labels, asked))
            except UnreadableInput as fault:
                found.append(Judged(name=f"{path}:{here.line}", fault=fault.wrong))
    return tuple(found)


def _labels(trees: list[Tree]) -> dict[str, Maybe[dict[str, str]]]:
    """The labels of the namespaces that stand among the objects."""
    found: dict[str, Maybe[dict[str, str]]] = {}
    for tree in trees:
        for here in kubernetes_objects.objects(tree, ""):
            if here.get("kind").text() == "Namespace":
                for item in kubernetes_objects.parse(here, kubernetes_objects.name_of(here)):
                    if isinstance(item, Namespace):
                        found[item.name] = item.labels
    return found


def _judged(
    here: Cursor,
    policies: tuple[AdmissionPolicy, ...],
    maker: Maker,
    labels: dict[str, Maybe[dict[str, str]]],
    asked: tuple[str, Evidence],
) -> Iterator[Judged]:
    today, evidence = asked
    for item in _attempts(here, maker, labels):
        if isinstance(item, Judged):
            yield item
            continue
        patch: tuple[Operation, ...] = ()
        attempt = item.attempt
        if not maker.as_is and attempt.is_pod:
            patch, _ = defaulted(item.tree, attempt, policies, today)
            attempt = _patched(item, patch)
        name = "/".join(part for part in (attempt.namespace, attempt.pod.owner.kind, attempt.name) if part)
        yield Judged(name=name, decision=decide(policies, attempt, today, evidence), patch=patch)


def _attempts(here: Cursor, maker: Maker, labels: dict[str, Maybe[dict[str, str]]]) -> Iterator[_Found | Judged]:
    untold: Maybe[dict[str, str]] = Unknown("the object of the namespace is not among these")
    if here.get("kind").text() == admission_review.FORM and here.node is not None:
        review = admission_review.of_tree(here.node)
        sifted = sift(review, labels.get(review.namespace, untold))
        if not sifted.attempts:
            yield Judged(name=f"review {review.uid}", why=sifted.why)
        for attempt in sifted.attempts:
            if review.object is not None:
                yield _Found(tree=review.object, attempt=attempt)
        return
    named = kubernetes_objects.name_of(here)
    pods = [item for item in kubernetes_objects.parse(here, named) if isinstance(item, PodSpec)]
    if not pods:
        yield Judged(name="/".join(part for part in (named.namespace, named.kind, named.name) if part), why=NO_POD)
    for pod in pods:
        if here.node is not None:
            namespace = pod.owner.namespace or maker.namespace
            yield _Found(
                tree=here.node,
                attempt=Attempt(
                    pod=pod,
                    namespace=namespace,
                    name=pod.owner.name,
                    user=maker.user,
                    groups=maker.groups,
                    namespace_labels=labels.get(namespace, untold),
                ),
            )


def _patched(item: _Found, patch: tuple[Operation, ...]) -> Attempt:
    """The attempt after its patch, read as the API server would read it."""
    if not patch:
        return item.attempt
    changed = Patched(json_tree.plain(item.tree))
    changed.replay(patch)
    here = changed.cursor()
    for pod in kubernetes_objects.parse(here, kubernetes_objects.name_of(here)):
        if isinstance(pod, PodSpec) and pod.at.field == item.attempt.pod.at.field:
            return msgspec.structs.replace(item.attempt, pod=pod)
    return item.attempt
