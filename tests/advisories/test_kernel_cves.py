"""Kernel CVEs: the publisher's two ways to write ranges, and what they leave open."""

import json
import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.advisories.feeds import kernel_cna
from ringfence.advisories.kernel_cves import bearing, introduced
from ringfence.advisories.store import open_store
from ringfence.advisories.update import Source, Update
from ringfence.errors import RingfenceError
from ringfence.formats import cve_record
from ringfence.io.bucket import open_bucket
from ringfence.model.kernel_cve import CommitSpan, KernelCve, KernelSpan
from ringfence.model.knowledge import Known, Unknown

EARLY = KernelCve(
    id="CVE-2024-1",
    modified="",
    default_affected=True,
    spans=(
        KernelSpan(affected=True, first="4.6"),
        KernelSpan(affected=False, first="0", before="4.6"),
        KernelSpan(affected=False, first="5.10.219", through="5.10.*"),
        KernelSpan(affected=False, first="6.1.94", through="6.1.*"),
        KernelSpan(affected=False, first="6.10", through="*"),
    ),
)
"""`default affected`: one start, and every branch that is mended."""
LATER = KernelCve(
    id="CVE-2024-2",
    modified="",
    spans=(
        KernelSpan(affected=True, first="5.10.215", before="5.10.218"),
        KernelSpan(affected=True, first="6.8.2", before="6.8.12"),
    ),
    commits=(CommitSpan(introduced="abc", fixed="def"),),
)
"""`default unaffected`: a range for each branch."""


@pytest.mark.parametrize(
    ("version", "wanted", "fixed"),
    [
        ("4.5.9", False, "6.10"),
        ("4.6", True, "6.10"),
        ("5.4.100", True, "6.10"),
        ("5.10.218", True, "5.10.219"),
        ("5.10.219", False, "5.10.219"),
        ("5.10.300", False, "5.10.219"),
        ("5.100.1", True, "6.10"),
        ("6.1.93", True, "6.1.94"),
        ("6.10-rc1", True, "6.10"),
        ("6.10", False, "6.10"),
        ("6.12.3", False, "6.10"),
    ],
)
def test_one_start_and_every_branch_mended(version: str, wanted: bool, fixed: str) -> None:
    told = bearing(EARLY, version)
    assert (told.affected, told.fixed) == (Known(wanted), fixed)


@pytest.mark.parametrize(
    ("version", "wanted"), [("5.10.214", False), ("5.10.215", True), ("5.10.218", False), ("6.8.5", True), ("6.9", False)]
)
def test_a_range_for_each_branch(version: str, wanted: bool) -> None:
    assert bearing(LATER, version).affected == Known(wanted)
    assert introduced(LATER) == "5.10.215"


def test_a_fault_that_was_carried_back_to_a_branch_is_not_told_clean() -> None:
    record = KernelCve(
        id="CVE-2024-26581",
        modified="",
        default_affected=True,
        spans=(
            KernelSpan(affected=True, first="6.5"),
            KernelSpan(affected=False, first="0", before="6.5"),
            KernelSpan(affected=False, first="6.1.78", through="6.1.*"),
            KernelSpan(affected=False, first="6.8", through="*"),
        ),
    )
    told = bearing(record, "6.1.20")
    assert isinstance(told.affected, Unknown)
    assert "mended in 6.1.78" in told.because
    assert bearing(record, "6.1.78").affected == Known(False)
    assert bearing(record, "5.15.3").affected == Known(False)
    assert bearing(record, "6.5.1").affected == Known(True)


def test_what_no_record_tells_is_unknown() -> None:
    assert isinstance(bearing(KernelCve(id="CVE-1", modified="", commits=LATER.commits), "6.1").affected, Unknown)
    assert isinstance(bearing(KernelCve(id="CVE-1", modified=""), "6.1").affected, Unknown)
    assert isinstance(bearing(EARLY, "hurd").affected, Unknown)
    assert bearing(KernelCve(id="CVE-1", modified="", rejected="a duplicate"), "6.1").affected == Known(False)


numbers = st.lists(st.integers(0, 30), min_size=1, max_size=3).map(lambda parts: ".".join(map(str, parts)))
spans = st.builds(
    KernelSpan,
    affected=st.booleans(),
    first=st.one_of(numbers, st.text(max_size=4)),
    before=st.one_of(st.just(""), numbers, st.text(max_size=4)),
    through=st.one_of(st.just(""), st.just("*"), numbers.map("{}.*".format), st.text(max_size=4)),
)


@given(st.lists(spans, max_size=5), st.booleans(), st.one_of(numbers, st.text(max_size=8)))
def test_any_record_and_version_give_an_answer(held: list[KernelSpan], default: bool, version: str) -> None:
    told = bearing(KernelCve(id="CVE-1", modified="", spans=tuple(held), default_affected=default), version)
    assert told.because


@given(st.binary(max_size=200))
def test_any_bytes_are_a_record_or_malformed(data: bytes) -> None:
    with suppress(RingfenceError):
        cve_record.parse(data)


RECORD = {
    "cveMetadata": {"cveId": "CVE-2024-1", "state": "PUBLISHED", "dateUpdated": "2024-05-05T00:00:00Z"},
    "containers": {
        "cna": {
            "title": "net: a fault",
            "descriptions": [{"lang": "en", "value": "In the kernel"}],
            "affected": [
                {
                    "product": "Linux",
                    "defaultStatus": "unaffected",
                    "programFiles": ["net/core/sock.c"],
                    "versions": [{"version": "aaa", "lessThan": "bbb", "status": "affected", "versionType": "git"}],
                },
                {
                    "product": "Linux",
                    "defaultStatus": "affected",
                    "programFiles": ["net/core/sock.c"],
                    "versions": [
                        {"version": "5.1", "status": "affected"},
                        {"version": "0", "lessThan": "5.1", "status": "unaffected", "versionType": "semver"},
                        {
                            "version": "6.2",
                            "lessThanOrEqual": "*",
                            "status": "unaffected",
                            "versionType": "original_commit_for_fix",
                        },
                    ],
                },
            ],
        }
    },
}


def test_the_archive_of_the_repository_loads(tmp_path: Path) -> None:
    import io
    import tarfile

    with tarfile.open(tmp_path / kernel_cna.ARCHIVE, "w:gz") as archive:
        for name, data in {
            "vulns-master/cve/published/2024/CVE-2024-1.json": json.dumps(RECORD).encode(),
            "vulns-master/cve/published/2024/CVE-2024-1.mbox": b"mail",
            "vulns-master/cve/published/2024/CVE-2024-2.json": b"{broken",
        }.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    db = str(tmp_path / "db")
    done = Update(db, "2026-11-24T00:00:00Z").run([Source(kernel_cna, open_bucket(str(tmp_path)))])
    assert [item.written for item in done.imported] == [1]
    assert [item.where for item in done.problems] == ["Linux vulns-master/cve/published/2024/CVE-2024-2.json"]
    with open_store(db) as store:
        record = store.kernel_cve("CVE-2024-1")
        assert store.kernel_cves() == (record,)
    assert record is not None
    assert (record.files, record.commits) == (("net/core/sock.c",), (CommitSpan(introduced="aaa", fixed="bbb"),))
    assert [bearing(record, version).affected for version in ("5.0", "5.1", "6.2")] == [
        Known(False),
        Known(True),
        Known(False),
    ]


DATA = Path(os.environ.get("RINGFENCE_TEST_DATA", "/nonexistent")) / "advisories" / "kernel"


@pytest.mark.conformance
@pytest.mark.skipif(not DATA.is_dir(), reason="RINGFENCE_TEST_DATA names no folder with advisories/kernel")
def test_all_real_records_load_and_bear(tmp_path: Path) -> None:
    file = DATA / "kernel-cna-cve5-2024-10-24.ndjson.zst"
    db = str(tmp_path / "db")
    done = Update(db, "2026-11-24T00:00:00Z").run([Source(kernel_cna, open_bucket(str(file)))])
    assert ([item.written for item in done.imported], done.problems) == ([3727], ())
    with open_store(db) as store:
        records = store.kernel_cves()
    assert len(records) == 3727
    assert sum(bool(item.rejected) for item in records) == 51
    assert sum(all(path.startswith("drivers/") for path in item.files) for item in records if item.files) == 1966
    old, new = ([bearing(item, version).affected for item in records] for version in ("6.1.20", "6.12"))
    assert old.count(Known(True)) > 1500
    assert new.count(Known(True)) < 10
