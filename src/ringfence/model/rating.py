"""What is known of a CVE beyond who is affected: how likely, how bad, whether it is used."""

from ringfence.model.fact import Fact


class Rating(Fact):
    """One feed's word on one CVE, or several feeds' together; what nobody said is None or empty.

    `epss` and `percentile` (0.0 to 1.0) are FIRST's estimate that it is exploited within 30 days, and its rank. `kev` is the
    day CISA listed it as exploited, `ransomware` whether in such campaigns. `exploitation` (`none`, `poc`, `active`),
    `automatable` (`yes`, `no`) and `technical_impact` (`partial`, `total`) are CISA's SSVC decision points, in lower case.
    `exploits` are those that are known to work, each with what it needs. `cvss` is a vector, `modified` RFC 3339 or a day.
    """

    id: str
    modified: str = ""
    epss: float | None = None
    percentile: float | None = None
    kev: str = ""
    ransomware: bool | None = None
    exploitation: str = ""
    automatable: str = ""
    technical_impact: str = ""
    exploits: tuple[str, ...] = ()
    cvss: str = ""
    published: str = ""
