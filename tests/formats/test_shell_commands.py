"""Commands of a shell script: told apart as the shell would, and nothing makes the reader stop or raise."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.formats.shell_commands import commands, of_words


def words(script: str) -> list[tuple[str, ...]]:
    return [command.words for command in commands(script)]


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("a b && c || d; e & f", [("a", "b"), ("c",), ("d",), ("e",), ("f",)]),
        ("a \\\n b # c\nd", [("a", "b"), ("d",)]),
        ("X=1 a 'b c' \"d $e\" f\\ g", [("a", "b c", "d $e", "f g")]),
        ("if [ -f x ]; then a; else b; fi", [("[", "-f", "x", "]"), ("a",), ("b",)]),
        ("for i in 1 2; do a $i; done", [("for", "i", "in", "1", "2"), ("a", "$i")]),
        ("(a; b) | { c; }", [("a",), ("b",), ("c",)]),
        ("x=$(a | b) c", [("c",), ("a",), ("b",)]),
        ("a `b c` d", [("a", "`b c`", "d"), ("b", "c")]),
        ("bash <(curl u)", [("bash", "<(curl u)"), ("curl", "u")]),
        ("sudo -u me env A=b nice -n 5 a", [("a",)]),
        ("a 'not closed", [("a", "not closed")]),
        ("", []),
    ],
)
def test_commands(script: str, found: list[tuple[str, ...]]) -> None:
    assert words(script) == found


def test_pipes_and_outputs() -> None:
    fetch, shell, out = commands("curl -fsSkL u 2>&1 | sudo bash -s; echo a > /x 2>> /y < /z >&2")
    assert (fetch.piped, shell.piped, shell.through, out.outputs) == (False, True, ("sudo",), ("/x", "/y"))
    assert fetch.has("-k")
    assert not fetch.has("-o", "--output")
    assert of_words(("sh", "-c", "a && b"))[1].words == ("b",)
    assert of_words(("a", "b"))[0].words == ("a", "b")


@given(st.text(alphabet="ab '\"\\$(){}`|;&<>#\n=-", max_size=60))
def test_any_script_ends(script: str) -> None:
    for command in commands(script):
        assert command.words


@given(st.lists(st.text(alphabet="ab '\"\\$|;", min_size=1, max_size=8), min_size=1, max_size=4))
def test_quoted_words_come_back_as_the_shell_has_them(given_: list[str]) -> None:
    script = "printf '%s\\n' " + " ".join("'" + word.replace("'", "'\\''") + "'" for word in given_)
    said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    assert list(commands(script)[0].words[2:]) == said.split("\n")[:-1]
