"""kernelCTF: kernel CVEs that somebody won a bounty with, which means a working local root, and what it needed.

EPSS and KEV hardly know these: of 79 such CVEs one is in KEV. Layout: an archive of the repository with
`pocs/linux/kernelctf/*/metadata.json`; nothing else of it is read. Source: google.github.io/security-research/kernelctf.
"""

from collections.abc import Callable, Iterator, Mapping

import msgspec

from ringfence.advisories.delivery import RATINGS, Delivery
from ringfence.errors import RingfenceError
from ringfence.formats import kernelctf
from ringfence.formats.kernelctf import Submission
from ringfence.io.bucket import Bucket
from ringfence.io.publication import documents
from ringfence.model.declare import Feed
from ringfence.model.rating import Rating

FEED = Feed(
    slug="kernelctf",
    url="https://codeload.github.com/google/security-research/tar.gz/refs/heads",
    licence="Apache-2.0 (Google)",
)

FILE = "master"


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """It rates CVEs."""
    return (RATINGS,)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """All submissions. Raises `Unavailable`, `Malformed`, `LimitExceeded`."""
    file = bucket.file(FILE)
    return None if file is None else Delivery(ecosystem, True, _ratings(documents(file, bucket.ref), report))


def _ratings(found: Iterator[tuple[str, bytes]], report: Callable[[str, str], None]) -> Iterator[tuple[Rating, str]]:
    kept: dict[str, Rating] = {}
    for name, data in found:
        if not name.endswith("/metadata.json"):
            continue
        try:
            made = rating(kernelctf.parse(data))
        except RingfenceError as cause:
            report(name, cause.wrong)
            continue
        before = kept.get(made.id)
        exploits = (*(before.exploits if before else ()), *made.exploits)
        kept[made.id] = msgspec.structs.replace(made, exploits=tuple(dict.fromkeys(exploits)))
    yield from ((item, "") for item in kept.values())


def rating(item: Submission) -> Rating:
    """A working exploit is known to be: SSVC calls that a proof of concept."""
    needs = f" (needs {', '.join(item.needs)})" if item.needs else ""
    return Rating(id=item.cve, exploitation="poc", exploits=(f"kernelCTF {' '.join(item.ids)}{needs}".strip(),))
