"""An update never makes the store worse: what shrank or grew old is refused, and two updaters do not meet."""

import json
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cli.test_main import SOURCE, ringfence
from ringfence.advisories.feeds import kev, osv
from ringfence.advisories.store import open_store
from ringfence.advisories.update import Source, Update
from ringfence.engine import advising
from ringfence.errors import Unavailable, UnreadableInput
from ringfence.io.bucket import open_bucket
from worlds.advisories import bucket, record
from worlds.file_server import Fault, serving
from worlds.store import filled, written

MANY = [record(f"PYSEC-2026-{number}") for number in range(40)]


def stored(db: Path) -> int:
    with open_store(str(db)) as store:
        return sum(item.records for item in store.sources())


def test_a_source_that_lost_half_its_records_is_refused_and_the_old_kept(tmp_path: Path) -> None:
    tree = bucket(tmp_path / "osv", {"PyPI": MANY, "Go": [record("GO-1", "example.org/a", "Go")]})
    filled(tmp_path / "db", (osv, tree))
    (tree / "PyPI" / "modified_id.csv").unlink()
    bucket(tree, {"PyPI": MANY[:19]})
    (tree / "PyPI" / "modified_id.csv").unlink()
    done = filled(tmp_path / "db", (osv, tree))
    assert [item.ecosystem for item in done.imported] == ["Go"]
    assert "has 19 records where there were 40; the old are kept" in done.problems[0].why
    assert stored(tmp_path / "db") == 41
    forced = Update(str(tmp_path / "db"), "2026-11-24T00:00:00Z", force=True).run([Source(osv, open_bucket(str(tree)))])
    assert not forced.problems
    assert stored(tmp_path / "db") == 20


def test_a_source_that_is_older_than_the_store_is_refused(tmp_path: Path) -> None:
    def catalogue(day: str) -> Path:
        held = {"vulnerabilities": [{"cveID": "CVE-2024-0001", "dateAdded": day}]}
        return written(tmp_path / day / kev.FILE, held).parent

    filled(tmp_path / "db", (kev, catalogue("2026-08-07")))
    with pytest.raises(Unavailable, match="its newest record is of 2026-08-01, older than 2026-08-07; the old are kept"):
        filled(tmp_path / "db", (kev, catalogue("2026-08-01")))
    filled(tmp_path / "db", (kev, catalogue("2026-08-07")))


def test_two_updaters_at_once_both_come_through(tmp_path: Path) -> None:
    tree = bucket(tmp_path / "osv", {"PyPI": MANY, "Go": [record("GO-1", "example.org/a", "Go")]})
    words = [sys.executable, "-m", "ringfence", "db", "update", "--from", str(tree), "--db", str(tmp_path / "db")]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": SOURCE}
    running = [
        subprocess.Popen([*words, "--ecosystem", name], env=environment, stdout=subprocess.DEVNULL)
        for name in ("PyPI", "Go", "PyPI", "Go")
    ]
    assert [item.wait() for item in running] == [0, 0, 0, 0]
    assert stored(tmp_path / "db") == 41, "nobody's work was lost"


def test_killed_while_it_downloads_the_old_store_stands(tmp_path: Path) -> None:
    tree = bucket(tmp_path / "osv", {"PyPI": MANY})
    db = tmp_path / "db"
    filled(db, (osv, tree))
    bucket(tree, {"PyPI": [*MANY, record("PYSEC-2027-1", modified="2027-01-01T00:00:00Z")]})
    with serving(tree) as server:
        server.faults["PyPI/PYSEC-2027-1.json"] = Fault(waits=True)
        words = [sys.executable, "-m", "ringfence", "db", "update", "--from", server.url, "--db", str(db)]
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": SOURCE}
        child = subprocess.Popen([*words, "--ecosystem", "PyPI"], env=environment)
        assert server.reached.wait(30)
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
    assert stored(db) == 40
    assert filled(db, (osv, tree)).imported[0].written == 41, "a local tree is read whole"
    assert stored(db) == 41


def test_a_mirror_of_several_feeds_fills_a_store_without_a_network(tmp_path: Path) -> None:
    tree = bucket(tmp_path / "osv", {"PyPI": MANY})
    listed = written(
        tmp_path / "kev" / kev.FILE, {"vulnerabilities": [{"cveID": "CVE-2024-0001", "dateAdded": "2024-01-01"}]}
    )
    mirror = tmp_path / "mirror"
    for feed, origin in (("osv", tree), ("kev", listed.parent)):
        order = advising.Order(origin=str(origin), feeds=(feed,))
        had, problems = advising.mirror(str(mirror), order, "2026-11-24T00:00:00Z", lambda _line: None)
        assert (had, problems) == ((feed,), ())
    assert json.loads((mirror / advising.MIRROR).read_text())["feeds"].keys() == {"osv", "kev"}
    shutil.rmtree(tree)
    with serving(mirror) as server:
        for place in (str(mirror), server.url):
            done = ringfence("db", "update", "--from", place, "--db", "db", "--ecosystem", "PyPI", cwd=tmp_path)
            assert (done.returncode, done.stderr) == (0, ""), place
            assert stored(tmp_path / "db") == 41


def test_a_mirror_keeps_no_file_outside_itself(tmp_path: Path) -> None:
    (tmp_path / "osv" / "PyPI").mkdir(parents=True)
    (tmp_path / "evil").write_text("x")
    kept = replace(open_bucket(str(tmp_path)), keep=str(tmp_path / "mirror"))
    for path in ("osv/../evil", "/evil"):
        with pytest.raises(Unavailable, match="outside the mirror"):
            kept.open(path)
    assert not (tmp_path / "mirror").exists()


def test_an_exported_store_is_the_same_elsewhere(tmp_path: Path) -> None:
    filled(tmp_path / "db", (osv, bucket(tmp_path / "osv", {"PyPI": MANY})))
    assert ringfence("db", "export", "store.zst", "--db", "db", cwd=tmp_path).returncode == 0
    done = ringfence("db", "import", "store.zst", "--db", "other", cwd=tmp_path)
    assert (done.returncode, "40 records" in done.stdout) == (0, True)
    assert (tmp_path / "other").read_bytes() == (tmp_path / "db").read_bytes()


@pytest.mark.parametrize("bent", ["cut", "flipped", "text", "other"])
def test_a_bad_export_is_refused_and_the_old_store_stands(tmp_path: Path, bent: str) -> None:
    import sqlite3

    import zstandard

    db, packed = tmp_path / "db", tmp_path / "store.zst"
    filled(db, (osv, bucket(tmp_path / "osv", {"PyPI": MANY})))
    advising.export(str(db), str(packed))
    data = packed.read_bytes()
    foreign = b""
    if bent == "other":
        connection = sqlite3.connect(tmp_path / "foreign")
        connection.execute("CREATE TABLE precious (x)")
        connection.close()
        foreign = zstandard.ZstdCompressor().compress((tmp_path / "foreign").read_bytes())
    made = {"cut": data[:-100], "flipped": data[:300] + bytes([data[300] ^ 1]) + data[301:], "text": b"no", "other": foreign}
    packed.write_bytes(made[bent])
    before = db.read_bytes()
    with pytest.raises(UnreadableInput):
        advising.take(str(db), str(packed))
    assert db.read_bytes() == before
    assert not (tmp_path / "db.new").exists()


def test_what_has_not_changed_is_not_fetched_again_and_counts_as_fresh(tmp_path: Path) -> None:
    held = {"vulnerabilities": [{"cveID": "CVE-2024-0001", "dateAdded": "2026-08-07"}]}
    written(tmp_path / "tree" / kev.FILE, held)
    with serving(tmp_path / "tree") as server:
        first = Update(str(tmp_path / "db"), "2026-11-01T00:00:00Z").run([Source(kev, open_bucket(server.url))])
        again = Update(str(tmp_path / "db"), "2026-11-24T00:00:00Z").run([Source(kev, open_bucket(server.url))])
        assert [(item.written, item.whole) for item in (*first.imported, *again.imported)] == [(1, True), (0, False)]
        assert server.unchanged == [kev.FILE]
        with open_store(str(tmp_path / "db")) as store:
            assert [(item.fetched[:10], item.records) for item in store.sources()] == [("2026-11-24", 1)]
        # What is asked for by force is fetched whole, and so is what the store has lost.
        forced = Update(str(tmp_path / "db"), "2026-11-25T00:00:00Z", force=True).run([Source(kev, open_bucket(server.url))])
        assert forced.imported[0].written == 1
        written(tmp_path / "tree" / kev.FILE, {"vulnerabilities": [*held["vulnerabilities"], {"cveID": "CVE-2024-0002"}]})
        changed = Update(str(tmp_path / "db"), "2026-11-26T00:00:00Z").run([Source(kev, open_bucket(server.url))])
        assert changed.imported[0].written == 2
        assert server.unchanged == [kev.FILE]
