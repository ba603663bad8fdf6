"""CVSS vectors: `CVSS:3.1/AV:N/AC:L/...` to a base score and a severity.

Source: FIRST's specifications of CVSS 2.0 (3.2.1), 3.0 (8.1), 3.1 (7.1 to 7.4, appendix A) and 4.0 (8, in `cvss4`; the
qualitative scale in 6).
"""

import math

from ringfence.errors import Malformed
from ringfence.formats import cvss4
from ringfence.model.finding import Severity

MAX_LENGTH = 400
"""Characters of one vector; all metrics of 4.0 written out are under 250."""

_V3_WEIGHTS = {
    "AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
    "AC": {"L": 0.77, "H": 0.44},
    "UI": {"N": 0.85, "R": 0.62},
    "C": {"H": 0.56, "L": 0.22, "N": 0.0},
    "I": {"H": 0.56, "L": 0.22, "N": 0.0},
    "A": {"H": 0.56, "L": 0.22, "N": 0.0},
}
_V3_PRIVILEGES = {"U": {"N": 0.85, "L": 0.62, "H": 0.27}, "C": {"N": 0.85, "L": 0.68, "H": 0.5}}
_V2_WEIGHTS = {
    "AV": {"L": 0.395, "A": 0.646, "N": 1.0},
    "AC": {"H": 0.35, "M": 0.61, "L": 0.71},
    "Au": {"M": 0.45, "S": 0.56, "N": 0.704},
    "C": {"N": 0.0, "P": 0.275, "C": 0.66},
    "I": {"N": 0.0, "P": 0.275, "C": 0.66},
    "A": {"N": 0.0, "P": 0.275, "C": 0.66},
}


def severity(vector: str) -> Severity:
    """The qualitative severity of a vector's base score; `negligible` is what CVSS calls none. Raises `Malformed`."""
    score = base_score(vector)
    if score >= 9.0 and vector.startswith("CVSS:"):  # 2.0 knows nothing above high
        return Severity.CRITICAL
    if score >= 7.0:
        return Severity.HIGH
    if score >= 4.0:
        return Severity.MEDIUM
    return Severity.LOW if score > 0.0 else Severity.NEGLIGIBLE


def base_score(vector: str) -> float:
    """The base score, 0.0 to 10.0. Raises `Malformed` for what is no vector."""
    if len(vector) > MAX_LENGTH:
        raise Malformed("CVSS vector", f"longer than {MAX_LENGTH} characters")
    head, _, rest = vector.partition("/")
    try:
        match head:
            case "CVSS:3.0" | "CVSS:3.1":
                return _score_v3(_metrics(rest))
            case "CVSS:4.0":
                return cvss4.base_score(_metrics(rest))
            case _ if head.startswith("CVSS:"):
                raise Malformed("CVSS vector", f"version {head[5:]!r} is not known")
            case _:
                return _score_v2(_metrics(vector.strip("()")))
    except KeyError as cause:
        raise Malformed("CVSS vector", f"metric or value {cause.args[0]!r} is missing or unknown") from None


def _metrics(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in text.split("/"):
        name, colon, value = word.partition(":")
        if not colon or name in found:
            raise Malformed("CVSS vector", f"{word!r} is no metric, or is there twice")
        found[name] = value
    return found


def _score_v3(metrics: dict[str, str]) -> float:
    weight = {name: values[metrics[name]] for name, values in _V3_WEIGHTS.items()}
    scope = metrics["S"]
    exploitability = 8.22 * weight["AV"] * weight["AC"] * _V3_PRIVILEGES[scope][metrics["PR"]] * weight["UI"]
    base = 1 - (1 - weight["C"]) * (1 - weight["I"]) * (1 - weight["A"])
    impact = 7.52 * (base - 0.029) - 3.25 * (base - 0.02) ** 15 if scope == "C" else 6.42 * base
    if impact <= 0:
        return 0.0
    return _round_up(min((impact + exploitability) * (1.08 if scope == "C" else 1.0), 10.0))


def _round_up(score: float) -> float:
    """The smallest number with one decimal that is not below `score`, safe from binary fractions (3.1, appendix A)."""
    hundred_thousandths = round(score * 100_000)
    if hundred_thousandths % 10_000 == 0:
        return hundred_thousandths / 100_000
    return (math.floor(hundred_thousandths / 10_000) + 1) / 10


def _score_v2(metrics: dict[str, str]) -> float:
    weight = {name: values[metrics[name]] for name, values in _V2_WEIGHTS.items()}
    impact = 10.41 * (1 - (1 - weight["C"]) * (1 - weight["I"]) * (1 - weight["A"]))
    exploitability = 20 * weight["AV"] * weight["AC"] * weight["Au"]
    factor = 1.176 if impact else 0.0
    return round((0.6 * impact + 0.4 * exploitability - 1.5) * factor, 1) if factor else 0.0
