"""The webhook's answers: `/validate`, `/mutate`, `/healthz`, `/readyz`, `/metrics`.

Everything that can be decided from the request is decided at once. Only policies that ask for signatures, scans by tag or
labels of namespaces make a request wait, beside the others and for `wait` seconds at most: then it is refused.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from ringfence.admission.answering import Ruling, mutate, validate
from ringfence.admission.evidence import Evidence
from ringfence.admission.judging import asks_evidence
from ringfence.errors import LimitExceeded, Malformed, RingfenceError
from ringfence.formats import admission_review, json_tree
from ringfence.formats.admission_parts import parts
from ringfence.formats.admission_review import Answer, Review
from ringfence.io import clock
from ringfence.io.https_server import Counts, Request, Response
from ringfence.model.knowledge import Maybe, Unknown
from ringfence.server import decision_cache
from ringfence.server.admission_metrics import MEDIA_TYPE, Metrics
from ringfence.server.decision_cache import DecisionCache
from ringfence.server.decision_log import DecisionLog
from ringfence.server.events import Events
from ringfence.server.policy_files import PolicyFiles

JSON = "application/json"
VALIDATE, MUTATE = "/validate", "/mutate"
Labels = Callable[[str], Maybe[dict[str, str]]]


def _read(value: Mapping[str, object], asked: Mapping[str, object]) -> Review:
    """The review that says `asked` in place of its request. Raises `Malformed`, `LimitExceeded`."""
    return admission_review.of_value({**value, "request": asked})


@dataclass(slots=True)
class AdmissionService:
    """One webhook. `exempt` are namespaces that are never judged; `labels` asks for those of a namespace and may block.

    `ready` says why it is not ready to serve; empty if it is.
    """

    policies: PolicyFiles
    evidence: Evidence
    log: DecisionLog
    counts: Counts
    labels: Labels | None = None
    events: Events | None = None
    exempt: frozenset[str] = frozenset()
    wait: float = 4.0
    ready: str = "starting"
    metrics: Metrics = field(default_factory=Metrics)
    cache: DecisionCache = field(default_factory=DecisionCache)
    _asks: bool = False
    _selects: bool = False
    _names: bool = False

    def __post_init__(self) -> None:
        """Looks at the policies for the first time."""
        self.policies_changed()

    def policies_changed(self) -> None:
        """Notes what the policies in force want to know."""
        current = self.policies.current.policies
        self._asks = asks_evidence(current)
        self._selects = any(item.match.namespace_selector.requirements for item in current)
        self._names = decision_cache.names_count(current)
        self.metrics.policies.set(len(current))

    def handle(self, request: Request) -> Response | Awaitable[Response]:
        """The answer to a request, or a promise of one."""
        match request.method, request.path:
            case ("GET", "/healthz"):
                return Response(200, b"ok\n")
            case ("GET", "/readyz"):
                return Response(503, f"{self.ready}\n".encode()) if self.ready else Response(200, b"ok\n")
            case ("GET", "/metrics"):
                self.metrics.policies_broken.set(bool(self.policies.fault))
                return Response(200, self.metrics.text(self.counts, self.cache), MEDIA_TYPE)
            case ("POST", "/validate" | "/mutate"):
                return self._review(request)
            case (_, "/validate" | "/mutate" | "/healthz" | "/readyz" | "/metrics"):
                return Response(405, b"this method is not for this path\n")
            case _:
                return Response(404, b"there are /validate, /mutate, /healthz, /readyz and /metrics\n")

    def _review(self, request: Request) -> Response | Awaitable[Response]:
        if request.media_type != JSON:
            return Response(415, b"an AdmissionReview comes as application/json\n")
        began = time.perf_counter()
        try:
            value = json_tree.decode(request.body, admission_review.FORM)
            asked = value.get("request") if isinstance(value, dict) else None
            if not isinstance(value, dict) or not isinstance(asked, dict):
                raise Malformed(admission_review.FORM, "it has no request")
            slim = {**asked, **{name: parts(asked.get(name), with_name=self._names) for name in ("object", "oldObject")}}
            slim.pop("options", None)
            if (self._asks and request.path == VALIDATE) or (self._selects and self.labels is not None):
                return self._later(request.path, _read(value, slim), began)
            return self._now(request.path, value, slim, began)
        except LimitExceeded as fault:
            return self._bad(request.path, 413, fault)
        except RingfenceError as fault:
            return self._bad(request.path, 400, fault)

    def _bad(self, path: str, status: int, fault: RingfenceError) -> Response:
        self.metrics.reviews.labels(path[1:], "unreadable").inc()
        return Response(status, f"{fault.diagnostics()[:1000]}\n".encode())

    def _now(self, path: str, value: Mapping[str, object], asked: dict[str, object], began: float) -> Response:
        """A decision from the request alone, taken from the cache if the same was asked before."""
        salt = f"{path} {self.policies.current.hash} {clock.today()}"
        key = decision_cache.key(asked, salt, with_name=self._names)
        kept = self.cache.get(key)
        if kept is None:
            review = _read(value, asked)
            ruling = self._ruling(path, review, Unknown("the labels of the namespace were not asked for"))
            self.cache.put(key, ruling)
        else:
            # The envelope alone is read: it says whom the answer is for, and what the log tells.
            review = _read(value, {name: item for name, item in asked.items() if name not in ("object", "oldObject")})
            ruling = msgspec.structs.replace(kept, answer=msgspec.structs.replace(kept.answer, uid=review.uid))
        return self._answered(path, review, ruling, began, cached=kept is not None)

    async def _later(self, path: str, review: Review, began: float) -> Response:
        """A decision that has to ask others, in a thread of its own, refused if it takes too long."""

        def work() -> Ruling:
            untold: Maybe[dict[str, str]] = Unknown("the labels of the namespace cannot be asked for here")
            labels = self.labels(review.namespace) if self.labels is not None and self._selects else untold
            return self._ruling(path, review, labels)

        try:
            async with asyncio.timeout(self.wait):
                ruling = await asyncio.to_thread(work)
        except TimeoutError:
            said = f"what the policies ask of images was not answered within {self.wait:g} s; try again"
            ruling = Ruling(answer=Answer(uid=review.uid, allowed=path == MUTATE, message=said, code=504))
        except RingfenceError as fault:
            return self._bad(path, 400, fault)
        return self._answered(path, review, ruling, began, cached=False)

    def _ruling(self, path: str, review: Review, labels: Maybe[dict[str, str]]) -> Ruling:
        if review.namespace in self.exempt:
            return Ruling(answer=Answer(uid=review.uid, allowed=True), why=f"the namespace {review.namespace} is exempt")
        policies = self.policies.current.policies
        if path == MUTATE:
            return mutate(review, policies, clock.today(), labels)
        return validate(review, policies, clock.today(), self.evidence, labels)

    def _answered(self, path: str, review: Review, ruling: Ruling, began: float, *, cached: bool) -> Response:
        seconds = time.perf_counter() - began
        result = "patched" if ruling.answer.patch else "allowed" if ruling.answer.allowed else "refused"
        self.metrics.reviews.labels(path[1:], result).inc()
        self.metrics.seconds.labels(path[1:]).observe(seconds)
        told = {"ms": round(seconds * 1000, 2), "cached": cached, "policy_hash": self.policies.current.hash[:12]}
        self.log.write(path[1:], review, ruling, told)
        if self.events is not None and path == VALIDATE:
            self.events.take(review, ruling)
        return Response(200, admission_review.write(ruling.answer), JSON)
