"""What is known of images from outside the pod: who vouches for them, what their last scan found."""

from typing import Protocol

from ringfence.formats.admission_policy import SignatureRule
from ringfence.model.fact import Fact
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Maybe, Unknown


class Scan(Fact):
    """The last scan of an image: its digest, the day (YYYY-MM-DD), the worst finding that nobody excused, secrets found."""

    digest: str
    day: str
    worst: Severity | None = None
    secrets: int = 0


class Evidence(Protocol):
    """Whom the judgement asks about images. An answer that could not be had is `Unknown`, and refuses."""

    def refused(self, image: str, rule: SignatureRule) -> Maybe[str]:
        """Why too few of the rule's keys vouch for the image; empty if enough do."""

    def scan(self, image: str) -> Maybe[Scan | None]:
        """The last scan of the image; None if it was never scanned."""


class NoEvidence:
    """Nothing is known of any image."""

    def refused(self, image: str, rule: SignatureRule) -> Maybe[str]:
        """Cannot be told."""
        del image, rule
        return Unknown("no place of signatures is given")

    def scan(self, image: str) -> Maybe[Scan | None]:
        """Cannot be told."""
        del image
        return Unknown("no folder of scans is given")
