"""The store: what goes in comes out, readers never see half an update, and a kill at any point loses only the update."""

import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.advisories.store import SourceStatus, open_store, rewrite_store
from ringfence.errors import Unavailable, UnreadableInput
from ringfence.model.advisory import Advisory, AffectedVersions, VersionRange

SOURCE = str(Path(__file__).parents[2] / "src")


def advisory(id_: str, *names: str, ecosystem: str = "PyPI") -> Advisory:
    affected = tuple(AffectedVersions(ecosystem=ecosystem, name=name, ranges=(VersionRange(fixed="2"),)) for name in names)
    return Advisory(id=id_, modified="2026-01-01T00:00:00Z", aliases=(f"CVE-{id_}",), affected=affected, feed="osv")


def write(path: Path, *records: Advisory, ecosystem: str = "PyPI") -> None:
    with rewrite_store(str(path)) as writer:
        for item in records:
            writer.put("osv", ecosystem, item, item.modified)


def ids(path: Path, ecosystem: str, name: str) -> list[str]:
    with open_store(str(path)) as store:
        return [item.id for item in store.find(ecosystem, [name]).get(name, ())]


names = st.text("abc-.", min_size=1, max_size=4)


@given(st.lists(st.tuples(st.sampled_from("ABCDE"), st.lists(names, max_size=3)), max_size=8))
@settings(max_examples=25)
def test_the_last_record_of_an_id_is_what_is_found(
    tmp_path_factory: pytest.TempPathFactory, put: list[tuple[str, list[str]]]
) -> None:
    path = tmp_path_factory.mktemp("store") / "db"
    records = [advisory(id_, *about, ecosystem="Go") for id_, about in put]
    write(path, *records, ecosystem="Go")
    last = {item.id: item for item in records}
    with open_store(str(path)) as store:
        for item in last.values():
            assert store.named(item.id) == (item,)
            assert store.named(item.aliases[0]) == (item,)
        for name in {name for _, about in put for name in about}:
            wanted = {item.id for item in last.values() if name in [entry.name for entry in item.affected]}
            assert {item.id for item in store.find("Go", [name]).get(name, ())} == wanted


def test_names_are_found_in_any_spelling(tmp_path: Path) -> None:
    write(tmp_path / "db", advisory("A", "Foo.Bar_baz"))
    assert ids(tmp_path / "db", "PyPI", "foo-bar-baz") == ["A"]


def test_only_what_a_record_says_of_the_ecosystem_is_kept(tmp_path: Path) -> None:
    both = Advisory(
        id="A",
        modified="",
        affected=(AffectedVersions(ecosystem="PyPI", name="a"), AffectedVersions(ecosystem="npm", name="a")),
    )
    write(tmp_path / "db", both)
    assert ids(tmp_path / "db", "npm", "a") == []
    assert ids(tmp_path / "db", "PyPI", "a") == ["A"]


def test_a_block_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "db"
    write(path, advisory("A", "a"))
    before = path.read_bytes()
    with suppress(RuntimeError), rewrite_store(str(path)) as writer:
        writer.clear("osv", "PyPI")
        raise RuntimeError
    assert path.read_bytes() == before
    assert sorted(item.name for item in tmp_path.iterdir()) == ["db", "db.lock"]


def test_a_reader_keeps_what_it_opened(tmp_path: Path) -> None:
    path = tmp_path / "db"
    write(path, advisory("A", "a"))
    with open_store(str(path)) as store:
        write(path, advisory("B", "a"))
        assert [item.id for item in store.find("PyPI", ["a"])["a"]] == ["A"]
    assert ids(path, "PyPI", "a") == ["A", "B"]


KILLED = """
import os, signal, sys
sys.path.insert(0, {source!r})
from ringfence.advisories.store import rewrite_store
from ringfence.model.advisory import Advisory, AffectedVersions
with rewrite_store({path!r}) as writer:
    writer.clear("osv", "PyPI")
    for number in range({after}):
        about = (AffectedVersions(ecosystem="PyPI", name=f"n{{number}}"),)
        writer.put("osv", "PyPI", Advisory(id=str(number), modified="", details="x" * 500, affected=about), "")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("after", [0, 1, 5_000])
def test_killed_in_the_middle_of_an_update_the_old_store_stands(tmp_path: Path, after: int) -> None:
    path = tmp_path / "db"
    write(path, advisory("A", "a"))
    script = KILLED.format(source=SOURCE, path=str(path), after=after)
    done = subprocess.run([sys.executable, "-c", script], check=False)
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "db.new").exists(), "it was in the middle"
    assert ids(path, "PyPI", "a") == ["A"]
    write(path, advisory("B", "b"))
    assert ids(path, "PyPI", "b") == ["B"]
    assert not (tmp_path / "db.new").exists(), "what the dead one left is cleared away"


def test_what_is_no_store_is_refused_and_never_overwritten(tmp_path: Path) -> None:
    import sqlite3

    text, other = tmp_path / "text", tmp_path / "other"
    text.write_bytes(b"not a database, but long enough to be asked" * 10)
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE precious (x)")
    connection.close()
    for path in (text, other):
        before = path.read_bytes()
        with pytest.raises(UnreadableInput), open_store(str(path)):
            pass
        with pytest.raises(UnreadableInput), rewrite_store(str(path)):
            pass
        assert path.read_bytes() == before
    with pytest.raises(Unavailable, match="ringfence db update"), open_store(str(tmp_path / "missing")):
        pass


def test_a_family_with_releases_is_no_release(tmp_path: Path) -> None:
    """A Debian of unknown release must not pass as judged because Debian 12 has data."""
    path = tmp_path / "db"
    with rewrite_store(str(path)) as writer:
        writer.put("osv", "Debian", advisory("A", "a", ecosystem="Debian:12"), "")
        writer.cover("osv", "Debian")
        writer.record(SourceStatus(feed="osv", ecosystem="Debian", url="", licence="", fetched="", newest="", records=1))
    with open_store(str(path)) as store:
        assert store.ecosystems() == {"Debian:12"}


def test_a_source_without_records_counts_as_asked(tmp_path: Path) -> None:
    path = tmp_path / "db"
    with rewrite_store(str(path)) as writer:
        writer.record(SourceStatus(feed="osv", ecosystem="Hex", url="", licence="", fetched="", newest="", records=0))
    with open_store(str(path)) as store:
        assert store.ecosystems() == {"Hex"}
