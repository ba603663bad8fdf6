"""Feeds that rate CVEs and publish states: their native files in, values out; whatever they hold, only our errors."""

import gzip
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.advisories.feeds import epss, kev, ssvc
from ringfence.advisories.store import open_store
from ringfence.engine.index import plugins
from ringfence.errors import RingfenceError, Unavailable
from ringfence.formats import alpine_secdb, debian_changelog, debian_tracker
from ringfence.formats import kev as kev_format
from ringfence.model.rating import Rating
from worlds.store import filled, written

KEV = {
    "count": 1,
    "catalogVersion": "2026.08.07",
    "vulnerabilities": [{"cveID": "CVE-2024-0001", "dateAdded": "2024-02-03", "knownRansomwareCampaignUse": "Known"}],
}
EPSS = (
    "#model_version:v2025.03.14,score_date:2026-08-16T00:00:00+0000\ncve,epss,percentile\n"
    "CVE-2024-0001,0.5,0.97\nCVE-2024-0002,1.5,0.1\nrumour,0.1,0.1\n"
)
ENRICHED = {
    "cveMetadata": {"cveId": "CVE-2024-0001", "datePublished": "2024-01-01T00:00:00Z"},
    "containers": {
        "cna": {"metrics": [{"cvssV3_1": {"vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}]},
        "adp": [
            {"metrics": [{"other": {"type": "kev", "content": {"dateAdded": "2024-02-03"}}}]},
            {
                "metrics": [
                    {
                        "other": {
                            "type": "ssvc",
                            "content": {
                                "options": [
                                    {"Exploitation": "Active"},
                                    {"Automatable": "yes"},
                                    {"Technical Impact": "total"},
                                ],
                                "timestamp": "2024-03-01T00:00:00Z",
                            },
                        }
                    }
                ]
            },
        ],
    },
}


def test_what_several_feeds_say_of_a_cve_is_put_together(tmp_path: Path) -> None:
    (tmp_path / epss.FILE).write_bytes(gzip.compress(EPSS.encode()))
    written(tmp_path / kev.FILE, KEV)
    done = filled(tmp_path / "db", (epss, tmp_path), (kev, tmp_path), (ssvc, written(tmp_path / "one.ndjson", ENRICHED)))
    assert [item.written for item in done.imported] == [1, 1, 1]
    assert [item.where for item in done.problems] == ["CVE line 4", "CVE line 5"]
    with open_store(str(tmp_path / "db")) as store:
        assert store.ratings(["CVE-2024-0001", "CVE-2024-0002"]) == {
            "CVE-2024-0001": Rating(
                id="CVE-2024-0001",
                modified="2026-08-16",
                epss=0.5,
                percentile=0.97,
                kev="2024-02-03",
                ransomware=True,
                exploitation="active",
                automatable="yes",
                technical_impact="total",
                cvss="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
                published="2024-01-01T00:00:00Z",
            )
        }
        assert store.ecosystems() == frozenset()


@pytest.mark.parametrize("text", ["", "cve;epss\n", "<html>"])
def test_an_epss_file_without_its_header_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / epss.FILE).write_bytes(gzip.compress(text.encode()))
    with pytest.raises(Unavailable, match=r"header|is not"):
        filled(tmp_path / "db", (epss, tmp_path))


def test_a_catalogue_that_lost_entries_is_refused(tmp_path: Path) -> None:
    written(tmp_path / kev.FILE, {**KEV, "count": 1662})
    with pytest.raises(Unavailable, match="says 1662 entries and has 1"):
        filled(tmp_path / "db", (kev, tmp_path))


def _drained(found: Iterator[object]) -> None:
    list(found)


@given(st.binary(max_size=300))
def test_any_bytes_give_values_or_our_errors(data: bytes) -> None:
    for parse in (kev_format.parse, debian_tracker.parse, alpine_secdb.parse):
        with suppress(RingfenceError):
            parse(data)
    with suppress(RingfenceError):
        _drained(debian_changelog.parse(data))


@given(st.text(max_size=60))
def test_any_text_has_ids_without_blanks(text: str) -> None:
    assert all(id_ and " " not in id_ for id_ in alpine_secdb.ids(text))


def test_a_changelogs_line_that_undoes_a_fix_is_passed_over() -> None:
    text = b"a (1.0-2) unstable; urgency=low\n\n  * Revert the fix of CVE-2024-0001\n  * Fix CVE-2024-0002\n"
    assert [item.cve for item in debian_changelog.parse(text)] == ["CVE-2024-0002"]
    assert not list(debian_changelog.parse(b"no heading\n  * CVE-2024-0003\n"))


def test_every_feed_says_where_from_and_under_which_licence() -> None:
    declared = plugins("FEED")
    assert len(declared) >= 7
    for item in declared:
        assert str(item.fields["url"]).startswith("https://"), item.slug
        assert item.fields["licence"], item.slug
        assert {"ecosystems", "deliver"} <= set(vars(item.load())), item.slug


def test_a_feed_whose_file_is_missing_has_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for item in plugins("FEED"):
        with pytest.raises(Unavailable, match="has no advisories"):
            filled(tmp_path / "db", (item.load(), tmp_path / "empty"))


def test_a_gzip_that_is_cut_is_refused(tmp_path: Path) -> None:
    (tmp_path / epss.FILE).write_bytes(gzip.compress(EPSS.encode())[:-9])
    with pytest.raises(Unavailable, match="fetch it again"):
        filled(tmp_path / "db", (epss, tmp_path))
