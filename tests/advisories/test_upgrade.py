"""The smallest upgrade: never itself affected by what has a fix, and no lower version would do."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.advisories.feeds import osv
from ringfence.advisories.store import open_store
from ringfence.advisories.upgrade import Upgrade, smallest, step
from ringfence.engine.vulnerabilities import schemes
from worlds.advisories import bucket, record
from worlds.store import filled, matched, package


def ranged(id_: str, *events: dict[str, str]) -> dict[str, object]:
    return {
        **record(id_),
        "affected": [
            {"package": {"ecosystem": "PyPI", "name": "jinja2"}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
        ],
    }


RECORDS = [
    ranged("CVE-1-1", {"introduced": "0"}, {"fixed": "1.5"}),
    ranged("CVE-1-2", {"introduced": "0"}, {"fixed": "2.0"}),
    # What came in with the fix of the second is mended in 2.1 only.
    ranged("CVE-1-3", {"introduced": "2.0"}, {"fixed": "2.1"}),
    ranged("CVE-1-4", {"introduced": "1.0"}),
]


def upgrades(tmp_path: Path, version: str) -> Upgrade | None:
    db = tmp_path / "db"
    filled(db, (osv, bucket(tmp_path / "osv", {"PyPI": RECORDS})))
    asked = package("PyPI", "jinja2", version)
    found = matched(db, asked)
    with open_store(str(db)) as store:
        return smallest(found.matches, store, schemes()).get(asked)


def test_what_the_new_version_brings_counts_too(tmp_path: Path) -> None:
    found = upgrades(tmp_path, "1.0")
    assert found == Upgrade(to="2.1", step="major", mends=("CVE-1-1", "CVE-1-2"), leaves=("CVE-1-4",))


def test_nothing_to_raise(tmp_path: Path) -> None:
    assert upgrades(tmp_path, "2.1") is None


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("1.0.0", "2.0.0", "major"),
        ("v1.1.0", "1.2.0", "minor"),
        ("1.1.1", "1.1.2", "patch"),
        ("1", "1.0.1", "minor"),
        ("2024a", "2025b", "major"),
    ],
)
def test_steps(old: str, new: str, wanted: str) -> None:
    assert step(old, new) == wanted


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_step_is_told_of_any_text(old: str, new: str) -> None:
    assert step(old, new) in {"major", "minor", "patch"}
