"""A request of the API server answered: which pods it is about, what is written into them, whether they may be.

Validation judges the pod as it is. Mutation adds the defaults of all policies that are for it, and then, where it needs a
permit, first asks whether one lets it pass as it is, and only then takes the first by name whose defaults make it pass: the
order that PodSecurityPolicy had.
"""

import copy
import json
from collections.abc import Iterable

import msgspec

from ringfence.admission.attempt import Attempt
from ringfence.admission.defaulting import wanted, write
from ringfence.admission.evidence import Evidence
from ringfence.admission.judging import Decision, decide
from ringfence.admission.patching import Patched
from ringfence.admission.selecting import is_for, may_use
from ringfence.formats import json_tree, kubernetes_objects
from ringfence.formats.admission_policy import AdmissionPolicy
from ringfence.formats.admission_review import Answer, Operation, Review
from ringfence.formats.document_tree import Cursor, Mapping, Tree
from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Maybe, Unknown

MIRROR = "kubernetes.io/config.mirror"
"""The annotation of the shadow of a static pod: a kubelet made it, and changing it would change nothing that runs."""
MAX_MESSAGE = 8 * 1024
"""Characters of a refusal."""
MAX_AUDIT = 64 * 1024
"""Characters of one audit annotation."""
_UNTOLD: Maybe[dict[str, str]] = Unknown("the labels of the namespace were not told")


class Sifted(Fact):
    """What of a request is judged; `why` says why nothing is."""

    attempts: tuple[Attempt, ...] = ()
    why: str = ""


def sift(review: Review, labels: Maybe[dict[str, str]] = _UNTOLD) -> Sifted:
    """The pods that a request is about. Raises `Malformed` for an object that is none."""
    if review.operation not in ("CREATE", "UPDATE") or review.object is None:
        return Sifted(why=f"{review.operation or 'the operation'} makes no pod")
    if review.subresource not in ("", "ephemeralcontainers"):
        return Sifted(why=f"{review.subresource} changes nothing that is judged")
    pods = _pods(review.object)
    if not pods:
        return Sifted(why=f"{review.kind or 'the object'} holds no pod")
    is_pod = review.resource == "pods" and review.group == ""
    if review.operation == "UPDATE" and review.old is not None and not review.subresource:
        old = _pods(review.old)
        if [_judged_parts(pod, is_pod) for pod in old] == [_judged_parts(pod, is_pod) for pod in pods]:
            return Sifted(why="nothing that is judged was changed")
    resource = f"{review.resource}/{review.subresource}" if review.subresource else review.resource
    return Sifted(
        attempts=tuple(
            Attempt(
                pod=pod,
                namespace=review.namespace,
                name=review.name or pod.owner.name,
                operation=review.operation,
                resource=resource,
                user=review.user,
                groups=review.groups,
                namespace_labels=labels,
            )
            for pod in pods
        )
    )


def _pods(tree: Tree) -> tuple[PodSpec, ...]:
    here = Cursor(tree)
    if not isinstance(tree, Mapping):
        raise here.fault("is no object")
    return tuple(
        item for item in kubernetes_objects.parse(here, kubernetes_objects.name_of(here)) if isinstance(item, PodSpec)
    )


def _judged_parts(pod: PodSpec, is_pod: bool) -> object:
    """What of a pod a change is judged for: of a running one only images and profiles can change."""
    if not is_pod:
        return pod
    return [(item.identity.container, item.container.image) for item in pod.containers], pod.profile_annotations


class Ruling(Fact, gc=False):
    """An answer, with what it rests on.

    Thousands are kept by a server: like all that they hold they are left out of the collector's walks, for none of them can
    lead back to itself.
    """

    answer: Answer
    decisions: tuple[Decision, ...] = ()
    why: str = ""


def validate(
    review: Review,
    policies: Iterable[AdmissionPolicy],
    today: str,
    evidence: Evidence | None = None,
    labels: Maybe[dict[str, str]] = _UNTOLD,
) -> Ruling:
    """Whether the request may be done. Raises `Malformed`."""
    listed = tuple(policies)
    sifted = sift(review, labels)
    decisions = tuple(decide(listed, attempt, today, evidence) for attempt in sifted.attempts)
    denials = tuple(line for item in decisions for line in item.denials)
    answer = Answer(
        uid=review.uid,
        allowed=not denials,
        message=cut("; ".join(denials), MAX_MESSAGE),
        warnings=tuple(line for item in decisions for line in item.warnings),
        audit=_audit(decisions),
    )
    return Ruling(answer=answer, decisions=decisions, why=sifted.why)


def _audit(decisions: tuple[Decision, ...]) -> dict[str, str]:
    """What the audit log keeps: the permit that was used, exceptions, and what policies in audit mode found."""
    permits = ", ".join(item.permit for item in decisions if item.permit)
    noted = [line for item in decisions for line in item.audit]
    excused = [
        f"{judgement.policy}: [{one.broken.rule}] {one.reason}{f' (until {one.until})' if one.until else ''}"
        for item in decisions
        for judgement in item.judgements
        for one in judgement.excused
    ]
    found = {"permit": permits, "violations": "; ".join(noted), "exceptions": "; ".join(dict.fromkeys(excused))}
    return {name: cut(text, MAX_AUDIT) for name, text in found.items() if text}


def cut(text: str, limit: int) -> str:
    """The text, shortened to `limit` characters with a mark that it was."""
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def mutate(
    review: Review,
    policies: Iterable[AdmissionPolicy],
    today: str,
    labels: Maybe[dict[str, str]] = _UNTOLD,
) -> Ruling:
    """The request with defaults written into its pod, always allowed: whether it may be is asked of the result."""
    sifted = sift(review, labels)
    if not sifted.attempts or not sifted.attempts[0].is_pod or review.object is None or _is_mirror(review.object):
        return Ruling(answer=Answer(uid=review.uid, allowed=True), why=sifted.why or "no pod, or the mirror of a static one")
    operations, permit = defaulted(review.object, sifted.attempts[0], tuple(policies), today)
    audit = {"defaults": cut(json.dumps([item.path for item in operations]), MAX_AUDIT)} if operations else {}
    if permit:
        audit["permit"] = permit
    return Ruling(answer=Answer(uid=review.uid, allowed=True, patch=operations, audit=audit))


def _is_mirror(tree: Tree) -> bool:
    return Cursor(tree).get("metadata", "annotations", MIRROR).written


def defaulted(
    tree: Tree, attempt: Attempt, policies: tuple[AdmissionPolicy, ...], today: str
) -> tuple[tuple[Operation, ...], str]:
    """What is added to a pod, and the permit whose defaults are among it."""
    fitting = sorted((item for item in policies if is_for(item, attempt)), key=lambda item: item.name)
    patched = Patched(json_tree.plain(tree))
    now = attempt
    permits = [item for item in fitting if item.use is not None and may_use(item.use, now)]
    writing = [item for item in fitting if item.use is None and item.defaults is not None]
    for policy in writing:
        # What was written must be read again, unless nobody is left to read it.
        now = _written(patched, now, policy, again=bool(permits) or policy is not writing[-1])
    if not permits or any(_passes(item, now, today) for item in permits):
        return tuple(patched.operations), ""
    for policy in permits:
        tried = Patched(copy.deepcopy(patched.value))
        changed = _written(tried, now, policy)
        if tried.operations and _passes(policy, changed, today):
            return (*patched.operations, *tried.operations), policy.name
    return tuple(patched.operations), ""


def _written(patched: Patched, attempt: Attempt, policy: AdmissionPolicy, *, again: bool = True) -> Attempt:
    defaults = wanted(policy)
    if defaults is None:
        return attempt
    before = len(patched.operations)
    write(patched, attempt.pod, defaults)
    return _read_again(patched, attempt) if again and len(patched.operations) > before else attempt


def _read_again(patched: Patched, attempt: Attempt) -> Attempt:
    here = patched.cursor()
    for item in kubernetes_objects.parse(here, kubernetes_objects.name_of(here)):
        if isinstance(item, PodSpec) and item.at.field == attempt.pod.at.field:
            return msgspec.structs.replace(attempt, pod=item)
    return attempt


def _passes(permit: AdmissionPolicy, attempt: Attempt, today: str) -> bool:
    """Whether a permit lets the pod pass, signatures and scans left to validation."""
    return not any(item.broken for item in decide((permit,), attempt, today).judgements)
