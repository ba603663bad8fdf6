"""What admission needs of a report that `ringfence image --format json` wrote: the digest, the worst finding, secrets.

Source: `docs/report.md`, `ringfence/report/v1`.
"""

import msgspec

from ringfence.errors import Malformed
from ringfence.formats import typed_json
from ringfence.model.fact import Fact
from ringfence.model.finding import Severity

SCHEMA = "ringfence/report/v1"


class Scanned(Fact):
    """The image, the worst finding that nobody excused, and how many secrets were found in it."""

    digest: str
    worst: Severity | None = None
    secrets: int = 0


class _Finding(msgspec.Struct, frozen=True):
    severity: Severity
    kind: str
    suppressed: msgspec.Raw = msgspec.Raw(b"null")


class _Target(msgspec.Struct, frozen=True):
    kind: str
    digest: str = ""


class _Report(msgspec.Struct, frozen=True, rename={"form": "schema"}):
    form: str
    target: _Target
    findings: tuple[_Finding, ...] = ()


def parse(data: bytes) -> Scanned:
    """The report of an image. Raises `Malformed`, also for a report of something else, and `LimitExceeded`."""
    report = typed_json.decode(data, _Report, "report")
    if report.form != SCHEMA or report.target.kind != "image" or not report.target.digest:
        raise Malformed("report", "it is not about an image with a digest")
    counted = [item for item in report.findings if bytes(item.suppressed) == b"null"]
    worst = min((item.severity for item in counted), key=lambda severity: severity.rank, default=None)
    return Scanned(digest=report.target.digest, worst=worst, secrets=sum(item.kind == "secret" for item in counted))
