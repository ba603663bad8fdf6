"""The three answers to one precondition, and how several are joined when all of them are needed."""

from collections.abc import Iterable

from ringfence.model.report import ConditionResult


def met(condition: str, because: str) -> ConditionResult:
    """It is so."""
    return ConditionResult(condition=condition, met=True, because=because)


def stopped(condition: str, because: str, control: str) -> ConditionResult:
    """It is not so, thanks to `control`."""
    return ConditionResult(condition=condition, met=False, because=because, control=control)


def unknown(condition: str, because: str) -> ConditionResult:
    """A fact is missing: `because` says which."""
    return ConditionResult(condition=condition, met=None, because=because)


def all_of(condition: str, parts: Iterable[ConditionResult]) -> ConditionResult:
    """A conjunction as one answer: the first that stops it, else everything that is missing, else all reasons."""
    answers = tuple(parts)
    for answer in answers:
        if answer.met is False:
            return stopped(condition, answer.because, answer.control)
    missing = [answer.because for answer in answers if answer.met is None]
    if missing:
        return unknown(condition, "; ".join(missing))
    return met(condition, "; ".join(answer.because for answer in answers))


_ORDER = {True: 0, None: 1, False: 2}


def any_of(condition: str, parts: Iterable[ConditionResult]) -> ConditionResult:
    """A disjunction as one answer: the most favourable to an attacker, with what stops the others if all are stopped."""
    answers = sorted(parts, key=lambda answer: _ORDER[answer.met])
    best = answers[0]
    if best.met is False:
        because = "; ".join(dict.fromkeys(answer.because for answer in answers))
        return stopped(condition, because, ", ".join(dict.fromkeys(answer.control for answer in answers)))
    return ConditionResult(condition=condition, met=best.met, because=best.because)
