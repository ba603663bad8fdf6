"""One runner for the cases of all checks. A case is data: `<storey>/checks/<slug>/{bad,good,unknown}-<name>.json`.

`{"subject": {...}, "because": "part of the answer", "also": ["slug", ...], "never": "why nothing can be unknown"}`
"""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from ringfence.engine import storeys
from ringfence.engine.storeys import LoadedCheck
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

HERE = Path(__file__).parent
CHECKS = {check.plugin.slug: check for check in storeys.checks()}
WANTED: dict[str, tuple[type, ...]] = {"bad": (Broken,), "good": (Holds, NotApplicable), "unknown": (Undecided,)}


class RawCase(msgspec.Struct, forbid_unknown_fields=True):
    """A case file, its subject still undecoded."""

    subject: msgspec.Raw = msgspec.Raw(b"null")
    because: str = ""
    also: list[str] = []
    never: str = ""


class Case(msgspec.Struct):
    """A case with its subject as the check's parameter wants it."""

    subject: Any
    because: str
    also: list[str]
    never: str


def found() -> list[tuple[Path, LoadedCheck]]:
    cases: list[tuple[Path, LoadedCheck]] = []
    for folder in sorted(HERE.glob("*/checks/*")):
        if folder.is_dir() and folder.name in CHECKS:
            cases.extend((path, CHECKS[folder.name]) for path in sorted(folder.glob("*.json")))
    return cases


CASES = found()


def load(path: Path, check: LoadedCheck) -> Case:
    """The case at `path`, decoded strictly: an unknown field in the file is a mistake."""
    raw = msgspec.json.decode(path.read_bytes(), type=RawCase)
    subject = None if raw.never else msgspec.json.decode(raw.subject, type=check.subject)
    return Case(subject, raw.because, raw.also, raw.never)


def answer(check: LoadedCheck, case: Case) -> Outcome:
    return check.ask(case.subject)


def said(outcome: Outcome) -> str:
    match outcome:
        case Broken(because=text):
            return text
        case NotApplicable(why=text) | Undecided(why=text):
            return text
        case Holds():
            return ""


@pytest.mark.parametrize(
    ("path", "check"), CASES, ids=lambda value: value.stem if isinstance(value, Path) else value.plugin.slug
)
def test_case(path: Path, check: LoadedCheck) -> None:
    case = load(path, check)
    kind = path.name.partition("-")[0]
    if case.never:
        assert kind == "unknown", "only an unknown case can be said to be impossible"
        return
    outcome = answer(check, case)
    assert isinstance(outcome, WANTED[kind]), outcome
    assert case.because in said(outcome)
    if kind == "bad":
        assert said(outcome), "a finding says what was seen"
        others = [other for other in CHECKS.values() if other is not check and other.subject is check.subject]
        triggered = {other.plugin.slug for other in others if isinstance(answer(other, case), Broken)}
        assert triggered == set(case.also), "a bad case shows one fault, or names the others"


@pytest.mark.parametrize("slug", sorted(CHECKS))
def test_every_check_has_a_bad_a_good_and_an_unknown_case(slug: str) -> None:
    names = [path.name for path, check in CASES if check.plugin.slug == slug]
    for kind in WANTED:
        assert any(name.startswith(f"{kind}-") for name in names), f"{slug} has no {kind} case"


def test_no_case_is_left_without_its_check() -> None:
    folders = {path.name for path in HERE.glob("*/checks/*") if path.is_dir()}
    assert not folders - set(CHECKS)
