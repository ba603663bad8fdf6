"""`AdmissionReview`: what the API server asks a webhook, and what it is answered.

Source: Kubernetes API reference, `admission.k8s.io/v1` AdmissionReview (v1.36); "Dynamic Admission Control".
"""

import base64
import json
from collections.abc import Mapping, Sequence

import msgspec

from ringfence.errors import Malformed
from ringfence.formats import json_tree
from ringfence.formats.document_tree import Tree
from ringfence.model.fact import Fact

VERSION = "admission.k8s.io/v1"
FORM = "AdmissionReview"
MAX_UID = 128
"""Characters of a request's uid; a UUID has 36."""
MAX_WARNINGS = 4096
"""Bytes of all warnings of an answer together; the API server cuts off what is longer."""
MAX_WARNING = 256
"""Characters of one warning; the API server shows no longer one."""


class Review(Fact):
    """A request. `object` and `old` are None where the server sends none (a deletion has no object)."""

    uid: str
    operation: str
    group: str
    resource: str
    subresource: str = ""
    kind: str = ""
    namespace: str = ""
    name: str = ""
    user: str = ""
    groups: tuple[str, ...] = ()
    dry_run: bool = False
    object: Tree | None = None
    old: Tree | None = None


class Operation(Fact, gc=False):
    """One operation of a JSON Patch (RFC 6902): always `add`, which overrules nothing that is there."""

    path: str
    value: object

    def as_json(self) -> dict[str, object]:
        """As RFC 6902 writes it."""
        return {"op": "add", "path": self.path, "value": self.value}


class Answer(Fact, gc=False):
    """What comes of a request; `code` and `message` are of a refusal."""

    uid: str
    allowed: bool
    message: str = ""
    code: int = 403
    warnings: tuple[str, ...] = ()
    audit: dict[str, str] = {}
    patch: tuple[Operation, ...] = ()


class _Resource(msgspec.Struct, frozen=True):
    group: str | None = None
    resource: str | None = None


class _Kind(msgspec.Struct, frozen=True):
    kind: str | None = None


class _User(msgspec.Struct, frozen=True):
    username: str | None = None
    groups: tuple[str, ...] | None = None


class _Asked(msgspec.Struct, frozen=True, rename="camel"):
    uid: str | None = None
    operation: str | None = None
    resource: _Resource | None = None
    sub_resource: str | None = None
    kind: _Kind | None = None
    namespace: str | None = None
    name: str | None = None
    user_info: _User | None = None
    dry_run: bool | None = None


def parse(data: bytes) -> Review:
    """The request of an AdmissionReview. Raises `Malformed` or `LimitExceeded`."""
    return of_value(json_tree.decode(data, FORM))


def of_tree(tree: Tree) -> Review:
    """The request of an AdmissionReview that was read already. Raises as `parse`."""
    return of_value(json_tree.plain(tree))


def of_value(value: object) -> Review:
    """The request of an AdmissionReview that was decoded already. Raises as `parse`."""
    if not isinstance(value, dict) or value.get("kind") != FORM or value.get("apiVersion") != VERSION:
        raise Malformed(FORM, f"it is not a {FORM} of {VERSION}")
    request = value.get("request")
    try:
        asked = msgspec.convert(request, _Asked)
    except msgspec.ValidationError as cause:
        raise Malformed(FORM, f"request: {cause}") from cause
    if not isinstance(request, dict) or not asked.uid or len(asked.uid) > MAX_UID:
        raise Malformed(FORM, "request.uid is missing or too long")
    resource, user = asked.resource or _Resource(), asked.user_info or _User()
    return Review(
        uid=asked.uid,
        operation=asked.operation or "",
        group=resource.group or "",
        resource=resource.resource or "",
        subresource=asked.sub_resource or "",
        kind=(asked.kind or _Kind()).kind or "",
        namespace=asked.namespace or "",
        name=asked.name or "",
        user=user.username or "",
        groups=user.groups or (),
        dry_run=bool(asked.dry_run),
        object=_tree(request.get("object")),
        old=_tree(request.get("oldObject")),
    )


def _tree(value: object) -> Tree | None:
    return None if value is None else json_tree.tree(value)


def write(answer: Answer) -> bytes:
    """The AdmissionReview that answers."""
    response: dict[str, object] = {"uid": answer.uid, "allowed": answer.allowed}
    if not answer.allowed:
        response["status"] = {"code": answer.code, "message": answer.message, "reason": _reason(answer.code)}
    if answer.warnings:
        response["warnings"] = _shortened(answer.warnings)
    if answer.audit:
        response["auditAnnotations"] = answer.audit
    if answer.patch:
        patch = json.dumps([item.as_json() for item in answer.patch], separators=(",", ":")).encode()
        response["patchType"] = "JSONPatch"
        response["patch"] = base64.b64encode(patch).decode()
    return json.dumps({"apiVersion": VERSION, "kind": FORM, "response": response}, separators=(",", ":")).encode()


def _reason(code: int) -> str:
    return {400: "BadRequest", 403: "Forbidden", 413: "RequestEntityTooLarge", 429: "TooManyRequests"}.get(
        code, "InternalError"
    )


def _shortened(warnings: Sequence[str]) -> list[str]:
    kept: list[str] = []
    left = MAX_WARNINGS
    for line in warnings:
        said = " ".join(line.split())
        said = said if len(said) <= MAX_WARNING else f"{said[: MAX_WARNING - 3]}..."
        left -= len(said.encode())
        if left < 0:
            break
        kept.append(said)
    return kept


def request(review: Mapping[str, object]) -> bytes:
    """An AdmissionReview as the API server sends it, of the members of its request."""
    return json.dumps({"apiVersion": VERSION, "kind": FORM, "request": dict(review)}).encode()
