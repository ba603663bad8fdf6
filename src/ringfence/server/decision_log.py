"""The decision log: one JSON object a line for each request that was judged. No value of a variable or secret is in it."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TextIO

from ringfence.admission.answering import Ruling
from ringfence.formats.admission_review import Review
from ringfence.io import clock

ALL, REFUSED, NONE = "all", "refused", "none"
MAX_TEXT = 2_000
"""Characters of one text in a line."""


@dataclass(slots=True)
class DecisionLog:
    """Where decisions are told. `which` of them: all, those refused or warned of, or none."""

    which: str = REFUSED
    stream: TextIO = field(default_factory=lambda: sys.stdout)
    now: Callable[[], str] = clock.now

    def write(self, what: str, review: Review, ruling: Ruling, told: dict[str, object]) -> None:
        """One line about one request."""
        answer = ruling.answer
        quiet = answer.allowed and not (answer.warnings or answer.audit)
        if self.which == NONE or (self.which == REFUSED and quiet):
            return
        line = {
            "time": self.now(),
            "event": what,
            "uid": review.uid,
            "operation": review.operation,
            "resource": f"{review.resource}/{review.subresource}" if review.subresource else review.resource,
            "namespace": review.namespace,
            "name": review.name,
            "user": review.user,
            "dry_run": review.dry_run,
            "allowed": answer.allowed,
            "message": answer.message[:MAX_TEXT],
            "warnings": [text[:MAX_TEXT] for text in answer.warnings[:20]],
            "audit": {name: text[:MAX_TEXT] for name, text in answer.audit.items()},
            "policies": [
                {"name": item.policy, "mode": item.mode.value, "broken": sorted({one.rule for one in item.broken})}
                for decision in ruling.decisions
                for item in decision.judgements
                if item.broken
            ],
            **told,
        }
        self.stream.write(json.dumps(line, ensure_ascii=True) + "\n")
        self.stream.flush()

    def note(self, event: str, said: str) -> None:
        """One line about the server itself."""
        self.stream.write(json.dumps({"time": self.now(), "event": event, "message": said[:MAX_TEXT]}) + "\n")
        self.stream.flush()
