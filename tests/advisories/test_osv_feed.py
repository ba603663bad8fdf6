"""OSV's bucket over real HTTP: what changed is fetched, and no fault of the server costs what the store had."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.advisories.feeds import osv
from ringfence.advisories.store import open_store
from ringfence.advisories.update import Source, Update, Updated
from ringfence.errors import Unavailable
from ringfence.formats import osv as osv_record
from ringfence.io.bucket import open_bucket
from ringfence.io.http import Http
from ringfence.model.advisory import Advisory
from worlds.advisories import Record, bucket, record, zipped
from worlds.file_server import Fault, FileServer, serving

OLD: list[Record] = [record(f"PYSEC-2020-{number}") for number in range(9)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FileServer]:
    with serving(bucket(tmp_path / "bucket", {"PyPI": OLD, "Go": [record("GO-2020-1", "example.org/a", "Go")]})) as made:
        yield made


def update(server: FileServer, db: Path, *ecosystems: str, seconds: float = 60.0) -> Updated:
    def http() -> Http:
        return Http(sleep=lambda _seconds: None, total_seconds=seconds)

    source = Source(osv, open_bucket(server.url, http), ecosystems or ("PyPI",))
    return Update(str(db), "2026-11-24T00:00:00Z").run([source])


def stored(db: Path, name: str) -> tuple[Advisory, ...]:
    with open_store(str(db)) as store:
        return store.named(name)


def test_all_of_it_the_first_time_and_only_what_changed_after(server: FileServer, tmp_path: Path) -> None:
    db = tmp_path / "db"
    assert [(item.written, item.whole) for item in update(server, db).imported] == [(9, True)]
    changed = record("PYSEC-2020-3", fixed="9.9", modified="2026-02-02T00:00:00Z")
    bucket(server.root, {"PyPI": [changed, *OLD[:3], *OLD[5:]]})
    server.asked.clear()
    done = update(server, db)
    assert [(item.written, item.removed, item.whole) for item in done.imported] == [(1, 1, False)]
    assert server.asked == ["PyPI/modified_id.csv", "PyPI/PYSEC-2020-3.json"]
    assert stored(db, "PYSEC-2020-3")[0].affected[0].ranges[0].fixed == "9.9"
    assert not stored(db, "PYSEC-2020-4")
    server.asked.clear()
    update(server, db)
    assert server.asked == ["PyPI/modified_id.csv"], "nothing changed, nothing fetched"


FAULTS = {
    "truncated": Fault(truncated=200),
    "not-a-zip": Fault(body=b"<html>busy</html>"),
    "half-a-zip": Fault(body=zipped(OLD)[:-40]),
    "bad-digest": Fault(headers={"x-goog-hash": "md5=AAAAAAAAAAAAAAAAAAAAAA=="}),
    "status-500": Fault(status=500),
    "status-429": Fault(status=429, headers={"Retry-After": "1"}),
    "status-403": Fault(status=403),
    "redirect-elsewhere": Fault(status=302, headers={"Location": "https://example.org/all.zip"}),
    "redirect-to-plain-http": Fault(status=302, headers={"Location": "http://example.org/all.zip"}),
    "redirect-for-ever": Fault(status=302, headers={"Location": "/Go/all.zip"}),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_said_and_costs_nothing_of_what_there_was(server: FileServer, tmp_path: Path, name: str) -> None:
    db = tmp_path / "db"
    bucket(server.root, {"Go": [record("GO-2019-1", "example.org/a", "Go")]})
    update(server, db, "Go")
    bucket(server.root, {"Go": [record(f"GO-2021-{number}", "example.org/a", "Go") for number in range(4)]})
    (server.root / "Go" / "modified_id.csv").unlink()
    server.faults["Go/all.zip"] = FAULTS[name]
    done = update(server, db, "PyPI", "Go")
    assert [item.ecosystem for item in done.imported] == ["PyPI"]
    assert len(done.problems) == 1
    assert done.problems[0].where.endswith("/Go/all.zip")
    assert stored(db, "GO-2019-1")
    assert not stored(db, "GO-2021-1")


def test_a_server_that_recovers_is_asked_again(server: FileServer, tmp_path: Path) -> None:
    server.faults["PyPI/all.zip"] = Fault(status=503, times=2)
    server.faults["Go/all.zip"] = Fault(truncated=100, times=1)
    done = update(server, tmp_path / "db", "PyPI", "Go")
    assert not done.problems
    assert len(done.imported) == 2


def test_a_body_that_does_not_end_is_left(server: FileServer, tmp_path: Path) -> None:
    server.faults["PyPI/all.zip"] = Fault(body=b"x" * 400_000)
    with pytest.raises(Unavailable, match="took longer than"):
        update(server, tmp_path / "db", seconds=0.0)


def test_nothing_at_all_is_an_error_and_leaves_no_store(server: FileServer, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="has no advisories of npm"):
        update(server, tmp_path / "db", "npm")
    assert not (tmp_path / "db").exists()


def test_what_the_source_lacks_is_named(server: FileServer, tmp_path: Path) -> None:
    assert update(server, tmp_path / "db", "PyPI", "npm").missing == ("npm",)


def test_a_record_that_cannot_be_read_loses_only_itself(server: FileServer, tmp_path: Path) -> None:
    broken = [*OLD, *(record(f"PYSEC-2020-9{number}", affected=3) for number in range(7))]
    (server.root / "PyPI" / "all.zip").write_bytes(zipped(broken))
    done = update(server, tmp_path / "db")
    assert done.imported[0].written == len(OLD)
    assert [item.where for item in done.problems] == [*(f"PyPI PYSEC-2020-9{number}" for number in range(5)), "PyPI"]
    assert "2 more records" in done.problems[-1].why


def test_a_zip_whose_entries_lead_out_is_refused(server: FileServer, tmp_path: Path) -> None:
    (server.root / "PyPI" / "all.zip").write_bytes(zipped([record("../../PYSEC-1")]))
    with pytest.raises(Unavailable, match="an entry is called"):
        update(server, tmp_path / "db")


def test_a_listing_that_is_none_is_a_problem(server: FileServer, tmp_path: Path) -> None:
    server.faults["PyPI/modified_id.csv"] = Fault(body=b"<html>")
    with pytest.raises(Unavailable, match="is not 'modified,id'"):
        update(server, tmp_path / "db")


def test_a_listed_record_that_is_gone_is_told(server: FileServer, tmp_path: Path) -> None:
    db = tmp_path / "db"
    update(server, db)
    (server.root / "PyPI" / "modified_id.csv").write_text("2026-09-09T00:00:00Z,PYSEC-2026-1\n")
    assert "is listed as changed, but not there" in update(server, db).problems[0].why


def test_a_single_zip_is_read_whole(tmp_path: Path) -> None:
    single = tmp_path / "some.zip"
    single.write_bytes(zipped([record("A"), record("B", "example.org/b", "Go")]))
    done = Update(str(tmp_path / "db"), "2026-11-24T00:00:00Z").run([Source(osv, open_bucket(str(single)))])
    assert sorted((item.ecosystem, item.written) for item in done.imported) == [("Go", 1), ("PyPI", 1)]


def test_a_folder_gives_every_ecosystem_it_has(server: FileServer) -> None:
    assert osv.ecosystems(open_bucket(str(server.root))) == ("Go", "PyPI")
    assert osv.ecosystems(open_bucket(server.url)) is None


def test_a_record_keeps_what_matching_needs() -> None:
    told = json.dumps(record("GHSA-1", aliases=["CVE-2020-1"], withdrawn="2026-01-01T00:00:00Z")).encode()
    made = osv.advisory_of(osv_record.parse(told))
    assert (made.id, made.aliases, made.withdrawn[:4]) == ("GHSA-1", ("CVE-2020-1",), "2026")
