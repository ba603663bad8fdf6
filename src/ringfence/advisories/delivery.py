"""What a feed hands to the store, whatever it publishes: records of one subject, whole or what changed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from ringfence.io.bucket import Bucket
from ringfence.model.advisory import Advisory
from ringfence.model.declare import Feed
from ringfence.model.kernel_cve import KernelCve
from ringfence.model.rating import Rating
from ringfence.model.support import PackageSupport, SupportEnd

Note = KernelCve | Rating | SupportEnd | PackageSupport
"""Facts that are no advisories about packages; each has an `id` and a `modified`."""
Record = Advisory | Note
"""What a feed's records are turned into."""
RATINGS = "CVE"
"""What feeds that rate CVEs are about, in place of an ecosystem."""
SUPPORT = "support"
"""What feeds are about that tell how long releases and packages get fixes."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """The records of one ecosystem, each with its stamp in the feed's listing.

    `whole` says that they are all there are; otherwise they are those that changed, and `gone` are ids to take out.
    """

    ecosystem: str
    whole: bool
    records: Iterator[tuple[Record, str]]
    gone: tuple[str, ...] = ()


class FeedModule(Protocol):
    """A module that declares a `Feed`, with these as its functions."""

    FEED: Feed

    def ecosystems(self, bucket: Bucket) -> tuple[str, ...] | None:
        """The ecosystems a single file has records of; None where the caller must say which ones it wants."""

    def deliver(
        self, bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]
    ) -> Delivery | None:
        """What to do to the store; None if the source has nothing of that ecosystem.

        `known` are the stamps the store has, by id. `report` takes (id, why) of a record that could not be read. Raises
        `Unavailable`, `Malformed`, `LimitExceeded` if the source as a whole cannot be had or read.
        """
