"""Events of the cluster about what was refused, or would have been: `kubectl get events` shows them beside others.

One of a kind in a while: the API server keeps events in etcd, and a controller that is refused tries again every second.
Source: Kubernetes API reference, `core/v1` Event.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from ringfence.admission.answering import Ruling, cut
from ringfence.errors import RingfenceError
from ringfence.formats.admission_review import Review
from ringfence.io import clock
from ringfence.io.cluster_api import ClusterApi

QUIET_SECONDS = 300.0
"""How long the same is not told again."""
WAITING = 256
"""Events that wait to be sent; more are dropped and counted."""
KEPT = 10_000
"""Kinds of events that are remembered as told."""
MAX_MESSAGE = 1024
"""Characters of an event's message; the API server takes no more."""
REFUSED, VIOLATED = "PodRefused", "PolicyViolated"
"""Reasons: it was refused; a policy in audit mode is broken."""


@dataclass(slots=True)
class Events:
    """Takes rulings, and sends what is worth an event. `note` is told what could not be sent."""

    api: ClusterApi
    note: Callable[[str, str], None]
    now: Callable[[], float] = time.monotonic
    dropped: int = 0
    _told: "OrderedDict[tuple[str, ...], float]" = field(default_factory=OrderedDict)
    _queue: "asyncio.Queue[tuple[str, dict[str, object]]]" = field(default_factory=lambda: asyncio.Queue(WAITING))

    def take(self, review: Review, ruling: Ruling) -> None:
        """Notes a ruling; nothing is sent yet. Dry runs, and what was told a moment ago, are passed over."""
        answer = ruling.answer
        said = answer.message if not answer.allowed else answer.audit.get("violations", "")
        if not said or review.dry_run or not review.namespace:
            return
        reason = VIOLATED if answer.allowed else REFUSED
        broken = {item.policy for decision in ruling.decisions for item in decision.judgements if item.broken}
        kind = (review.namespace, reason, review.kind, review.user, *sorted(broken))
        if self.now() - self._told.get(kind, -QUIET_SECONDS) < QUIET_SECONDS:
            return
        self._told[kind] = self.now()
        self._told.move_to_end(kind)
        while len(self._told) > KEPT:
            self._told.popitem(last=False)
        try:
            self._queue.put_nowait((review.namespace, _event(review, reason, said)))
        except asyncio.QueueFull:
            self.dropped += 1

    async def run(self) -> None:
        """Sends what was taken, one after the other, until it is cancelled."""
        while True:
            namespace, event = await self._queue.get()
            try:
                await asyncio.to_thread(self.api.create, f"/api/v1/namespaces/{namespace}/events", event)
            except RingfenceError as fault:
                self.note("event-not-sent", fault.diagnostics())


def _event(review: Review, reason: str, said: str) -> dict[str, object]:
    moment = clock.now()
    about = {"apiVersion": "v1", "kind": review.kind or "Pod", "namespace": review.namespace, "name": review.name}
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"generateName": "ringfence-", "namespace": review.namespace},
        "involvedObject": about,
        "reason": reason,
        "message": cut(f"{review.user}: {said}" if review.user else said, MAX_MESSAGE),
        "type": "Warning",
        "source": {"component": "ringfence-admission"},
        "firstTimestamp": moment,
        "lastTimestamp": moment,
        "count": 1,
    }
