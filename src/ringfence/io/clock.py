"""The clock: the one place that asks what time it is."""

from datetime import UTC, datetime


def now() -> str:
    """The moment as RFC 3339 in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: TID251 - this is io.clock


def today() -> str:
    """The day as YYYY-MM-DD in UTC."""
    return now()[:10]


def moment() -> datetime:
    """The moment itself, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - this is io.clock
