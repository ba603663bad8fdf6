"""Since when the kernel has what: system calls, capabilities, socket families, and what containers are made of."""

from ringfence.model.fact import Fact


class Span(Fact, forbid_unknown_fields=True):
    """Since which release of mainline something is there, and from which on no more.

    An empty `since` says that no release ever had it. `options` are build options without any of which it is not there;
    `not_on` are machines (uname's names) that never had it.
    """

    since: str
    source: str
    until: str = ""
    options: tuple[str, ...] = ()
    not_on: tuple[str, ...] = ()


class CapabilitySpan(Fact, forbid_unknown_fields=True):
    """Since when a capability is there, and which one governed the same before (`before`); `what` it governs."""

    since: str
    source: str
    before: tuple[str, ...] = ()
    what: str = ""


class Feature(Fact, forbid_unknown_fields=True):
    """Something containers stand on: what is so where it is there (`what`), and where it is not (`without`)."""

    name: str
    since: str
    what: str
    without: str
    source: str
    options: tuple[str, ...] = ()


class KernelHistory(Fact):
    """All of it. `options_of` is the release whose sources the options were read from: of older ones they say nothing."""

    calls: dict[str, Span]
    capabilities: dict[str, CapabilitySpan]
    features: tuple[Feature, ...]
    families: dict[str, Span]
    options_of: str
