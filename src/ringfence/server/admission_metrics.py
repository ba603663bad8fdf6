"""What a webhook counts, in Prometheus' text format. Labels have few values: none comes from a request."""

from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from ringfence.io.https_server import Counts
from ringfence.server.decision_cache import DecisionCache

_PREFIX = "ringfence_admission_"
MEDIA_TYPE = CONTENT_TYPE_LATEST
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
"""Bounds of the histogram: the budget is 0.01."""


@dataclass(slots=True)
class Metrics:
    """The counters of one server."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    reviews: Counter = field(init=False)
    seconds: Histogram = field(init=False)
    policies: Gauge = field(init=False)
    policies_broken: Gauge = field(init=False)
    certificate_until: Gauge = field(init=False)
    turned_away: Gauge = field(init=False)
    cached: Gauge = field(init=False)

    def __post_init__(self) -> None:
        """Makes them all in the server's own registry."""
        own = self.registry
        self.reviews = Counter(f"{_PREFIX}reviews", "Reviews answered", ("webhook", "result"), registry=own)
        self.seconds = Histogram(
            f"{_PREFIX}seconds", "Time to decide, waiting left out", ("webhook",), buckets=SECONDS, registry=own
        )
        self.policies = Gauge(f"{_PREFIX}policies", "Policies in force", registry=own)
        self.policies_broken = Gauge(f"{_PREFIX}policies_broken", "1 if the newest files cannot be read", registry=own)
        self.certificate_until = Gauge(f"{_PREFIX}certificate_until_seconds", "When the certificate ends", registry=own)
        self.turned_away = Gauge(f"{_PREFIX}turned_away", "Turned away since the start", ("why",), registry=own)
        self.cached = Gauge(f"{_PREFIX}cache", "The cache of decisions", ("what",), registry=own)

    def text(self, counts: Counts, cache: DecisionCache) -> bytes:
        """Everything, as Prometheus reads it."""
        for name in ("refused_connections", "shed", "malformed", "too_slow", "too_large"):
            self.turned_away.labels(name).set(getattr(counts, name))
        self.cached.labels("hits").set(cache.hits)
        self.cached.labels("misses").set(cache.misses)
        self.cached.labels("decisions").set(len(cache))
        return generate_latest(self.registry)
