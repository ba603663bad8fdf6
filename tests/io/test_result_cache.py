"""The cache of results: never needed, never wrong, whatever happens to the file or to who writes it."""

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringfence.errors import Unavailable
from ringfence.io import result_cache
from ringfence.io.result_cache import ResultCache

SOURCE = str(Path(__file__).parents[2] / "src")


@given(st.lists(st.tuples(st.sampled_from("abc"), st.binary(max_size=50)), max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_it_gives_back_what_was_put_last(tmp_path: Path, puts: list[tuple[str, bytes]]) -> None:
    cache = ResultCache(str(tmp_path / "results.db"))
    cache.clear()
    for key, data in puts:
        cache.put(key, data)
    cache.close()
    again = ResultCache(str(tmp_path / "results.db"))
    assert {key: again.get(key) for key in "abc"} == {**dict.fromkeys("abc"), **dict(puts)}
    again.close()


def test_those_not_used_for_longest_go_first(tmp_path: Path) -> None:
    cache = ResultCache(str(tmp_path / "results.db"), max_bytes=1000)
    for key in "abcd":
        cache.put(key, bytes(240))
    assert cache.get("a") is not None
    cache.put("e", bytes(240))
    assert {key for key in "abcde" if cache.get(key) is not None} == {"a", "d", "e"}
    assert cache.standing().bytes == 720


def test_a_result_beyond_the_limit_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result_cache, "MAX_RESULT_BYTES", 100)
    cache = ResultCache(str(tmp_path / "results.db"))
    cache.put("a", bytes(101))
    assert cache.get("a") is None


@pytest.mark.parametrize("data", [b"not a database at all" * 300, b"SQLite format 3\0" + b"\xff" * 5000, b""])
def test_a_damaged_file_is_begun_anew(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "results.db").write_bytes(data)
    cache = ResultCache(str(tmp_path / "results.db"))
    assert cache.get("a") is None
    cache.put("a", b"x")
    cache.close()
    again = ResultCache(str(tmp_path / "results.db"))
    again.put("a", b"x")
    assert again.get("a") == b"x"


def test_a_place_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = ResultCache(str(tmp_path / "file" / "results.db"))
    cache.put("a", b"x")
    assert cache.get("a") is None
    with pytest.raises(Unavailable):
        cache.standing()


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    cache = ResultCache(str(tmp_path / "new" / "results.db"))
    cache.put("a", b"x")
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0
    assert (tmp_path / "new" / "results.db").stat().st_mode & 0o077 == 0


def fill(path: str, name: str) -> None:
    cache = ResultCache(path)
    for index in range(30):
        cache.put(f"{name}{index}", bytes(2000))
    cache.close()


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    path = str(tmp_path / "results.db")
    context = multiprocessing.get_context("spawn")
    children = [context.Process(target=fill, args=(path, name)) for name in "xyz"]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0, 0, 0]
    assert ResultCache(path).standing().results == 90


WRITER = """
import sys
from ringfence.io.result_cache import ResultCache
cache = ResultCache(sys.argv[1])
for index in range(1_000_000):
    cache.put(f"key{index % 50}", bytes([index % 256]) * 20_000)
    if index == 20:
        print("going", flush=True)
"""


def test_kill_9_leaves_whole_results_only(tmp_path: Path) -> None:
    path = str(tmp_path / "results.db")
    for _ in range(3):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": SOURCE}
        )
        assert child.stdout is not None
        assert child.stdout.readline() == b"going\n"
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        cache = ResultCache(path)
        found = [data for index in range(50) if (data := cache.get(f"key{index}")) is not None]
        assert len(found) >= 20
        assert all(len(data) == 20_000 and len(set(data)) == 1 for data in found)
        cache.close()
