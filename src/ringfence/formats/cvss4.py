"""CVSS 4.0 base scores: equivalence classes, their scores by judgement, and the place of a vector within its class.

Source: FIRST, CVSS 4.0 specification, section 8 ("CVSS v4.0 Scoring"), tables 24 to 30, and the scores of macrovectors that
FIRST publishes with its calculator. Only base metrics count here; exploit maturity and the requirements take their worst
value, as the specification wants of what is not defined.
"""

from collections.abc import Mapping
from functools import cache

_LEVELS = {
    "AV": "NALP",
    "PR": "NLH",
    "UI": "NPA",
    "AC": "LH",
    "AT": "NP",
    "VC": "HLN",
    "VI": "HLN",
    "VA": "HLN",
    "SC": "HLN",
    "SI": "HLN",
    "SA": "HLN",
}
"""The values of each base metric, worst first; a step from one to the next is a distance of one."""

_HIGHEST: dict[str, dict[str, tuple[str, ...]]] = {
    "1": {"0": ("NNN",), "1": ("ANN", "NLN", "NNP"), "2": ("PNN", "ALP")},
    "2": {"0": ("LN",), "1": ("HN", "LP")},
    "36": {"00": ("HHH",), "10": ("LHH", "HLH"), "21": ("LLL",)},
    "4": {"1": ("HHH",), "2": ("LLL",)},
}
"""The worst vectors of each class, as values of the metrics of `_METRICS`."""
_METRICS = {"1": ("AV", "PR", "UI"), "2": ("AC", "AT"), "36": ("VC", "VI", "VA"), "4": ("SC", "SI", "SA")}
_DEPTHS: dict[str, dict[str, int]] = {
    "1": {"0": 1, "1": 4, "2": 5},
    "2": {"0": 1, "1": 2},
    "36": {"00": 7, "10": 8, "21": 10},
    "4": {"1": 5, "2": 4},
}
"""How many steps of severity a class spans (table 30)."""
_EPSILON = 1e-6

_SCORES = """
00010 10  00011 9.6  00020 9.3  00021 9  00110 9.3  00111 9.2  00120 8.8  00121 8  00211 7.9  00221 6.9  01010 9.5
01011 9.1  01020 9.2  01021 8.1  01110 9.2  01111 8.2  01120 8.4  01121 7  01211 7.1  01221 6.3  10010 9.4
10011 8.9  10020 8.7  10021 7.5  10110 8.6  10111 7.6  10120 7.2  10121 5.7  10211 6.5  10221 5.3  11010 9
11011 7.7  11020 7.7  11021 6.6  11110 7.4  11111 5.9  11120 6.1  11121 5.2  11211 5.8  11221 2.3  20010 8.6
20011 7.4  20020 7  20021 5.4  20110 7.2  20111 5.7  20120 5.3  20121 3.6  20211 4.7  20221 2.4  21010 7.3
21011 5.5  21020 5.4  21021 4.3  21110 6.1  21111 5.1  21120 4.6  21121 1.8  21211 2.4  21221 1
"""
"""The score of each macrovector: classes 1 to 4 and 6 (exploit maturity, class 5, at its worst), then the score."""


def base_score(metrics: Mapping[str, str]) -> float:
    """The score of the base metrics, 0.0 to 10.0. Raises `KeyError` for a metric or a value that is missing or unknown."""
    base = {name: metrics[name] for name in _LEVELS}
    for name, value in base.items():
        if len(value) != 1 or value not in _LEVELS[name]:
            raise KeyError(value)
    if all(base[name] == "N" for name in ("VC", "VI", "VA", "SC", "SI", "SA")):
        return 0.0
    classes = _classes(base)
    score = _scores()[_macro(classes)]
    distances = _distances(base, classes)
    lost = [(score - lower) * distances[name] / _DEPTHS[name][classes[name]] for name, lower in _next_lower(classes).items()]
    # Class 5 (exploit maturity) has a lower one, too, and no depth: it takes nothing off, but counts in the mean.
    found = score - sum(lost) / (len(lost) + 1)
    return int(min(max(found, 0.0), 10.0) * 10 + 0.5 + _EPSILON) / 10


def _classes(base: Mapping[str, str]) -> dict[str, str]:
    """The level of each class (tables 24 to 29); classes 3 and 6 are one, for each limits the other."""
    easy = [base["AV"] == "N", base["PR"] == "N", base["UI"] == "N"]
    own = [base[name] == "H" for name in ("VC", "VI", "VA")]
    first = "0" if all(easy) else "1" if any(easy) and base["AV"] != "P" else "2"
    third = "0" if own[0] and own[1] else "1" if any(own) else "2"
    return {
        "1": first,
        "2": "0" if (base["AC"], base["AT"]) == ("L", "N") else "1",
        "36": third + ("0" if any(own) else "1"),
        "4": "1" if "H" in (base["SC"], base["SI"], base["SA"]) else "2",
    }


def _macro(classes: Mapping[str, str]) -> str:
    return "".join((classes["1"], classes["2"], classes["36"][0], classes["4"], classes["36"][1]))


def _next_lower(classes: Mapping[str, str]) -> dict[str, float]:
    """For each class that has a lower one the score of the macrovector one level down."""
    found: dict[str, float] = {}
    for name, level in classes.items():
        levels = (
            {"00": ("01", "10"), "01": ("11",), "10": ("11",), "11": ("21",)}.get(level, ())
            if name == "36"
            else (str(int(level) + 1),)
        )
        scores = [_scores()[macro] for one in levels if (macro := _macro({**classes, name: one})) in _scores()]
        if scores:
            found[name] = max(scores)
    return found


def _distances(base: Mapping[str, str], classes: Mapping[str, str]) -> dict[str, int]:
    """How many steps below the worst vector of each of its classes the vector is: of several the first it is not above."""
    found: dict[str, int] = {}
    for name, metrics in _METRICS.items():
        for worst in _HIGHEST[name][classes[name]]:
            steps = [
                _LEVELS[metric].index(base[metric]) - _LEVELS[metric].index(value)
                for metric, value in zip(metrics, worst, strict=True)
            ]
            if min(steps) >= 0:
                found[name] = sum(steps)
                break
    return found


@cache
def _scores() -> dict[str, float]:
    words = _SCORES.split()
    return {macro: float(score) for macro, score in zip(words[::2], words[1::2], strict=True)}
