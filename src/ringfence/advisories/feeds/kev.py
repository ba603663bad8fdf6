"""CISA KEV: the CVEs that are known to be exploited, each with the day it was listed."""

from collections.abc import Callable, Mapping

from ringfence.advisories.delivery import RATINGS, Delivery
from ringfence.formats import kev
from ringfence.io.bucket import Bucket
from ringfence.io.publication import unpacked
from ringfence.model.declare import Feed
from ringfence.model.rating import Rating

FEED = Feed(slug="kev", url="https://www.cisa.gov/sites/default/files/feeds", licence="CC0-1.0", usual=True)

FILE = "known_exploited_vulnerabilities.json"


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """It rates CVEs, whatever they are in."""
    return (RATINGS,)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """The whole catalogue. Raises `Unavailable`, `Malformed`, `LimitExceeded`."""
    file = bucket.file(FILE)
    if file is None:
        return None
    with file:
        catalogue = kev.parse(unpacked(file, bucket.ref).whole())
    made = (
        Rating(
            id=item.cve_id,
            modified=item.date_added,
            kev=item.date_added,
            ransomware=item.known_ransomware_campaign_use.lower() == "known",
        )
        for item in catalogue.vulnerabilities
    )
    return Delivery(ecosystem, True, ((item, item.modified) for item in made))
