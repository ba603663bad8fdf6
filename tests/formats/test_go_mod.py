"""go.mod: any bytes give a module file or one of two errors; directives, blocks and comments are read as go does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import go_mod
from ringfence.formats.go_mod import GoReplace, GoRequire, parse

PIECES = (
    "module m",
    "go 1.22",
    "require (",
    ")",
    "\ta v1 // indirect",
    "replace a => b v2",
    "replace a => ./b",
    "exclude a v1",
    '"',
    "`x`",
)


@given(st.one_of(st.binary(), st.lists(st.sampled_from(PIECES)).map(lambda parts: "\n".join(parts).encode())))
def test_any_bytes(data: bytes) -> None:
    try:
        found = parse(data)
    except (Malformed, LimitExceeded):
        return
    numbers = [item.line for item in found.requires] + [item.line for item in found.replaces]
    assert all(1 <= number <= data.count(b"\n") + 1 for number in numbers)


def test_a_whole_file() -> None:
    found = parse(
        b"""module example.com/shop // the shop

go 1.22.1

toolchain go1.22.3

require github.com/a/b v1.2.3

require (
\tgolang.org/x/net v0.10.0 // indirect
\t"quoted.example/c" v2.0.0+incompatible
)

replace github.com/a/b => ../b

replace (
\tgolang.org/x/net v0.10.0 => golang.org/x/net v0.23.0
)

exclude github.com/a/b v1.0.0

retract v1.0.1 // a mistake
"""
    )
    assert (found.module, found.go, found.go_line, found.toolchain, found.toolchain_line) == (
        "example.com/shop",
        "1.22.1",
        3,
        "go1.22.3",
        5,
    )
    assert found.requires == (
        GoRequire(path="github.com/a/b", version="v1.2.3", line=7),
        GoRequire(path="golang.org/x/net", version="v0.10.0", line=10, indirect=True),
        GoRequire(path="quoted.example/c", version="v2.0.0+incompatible", line=11),
    )
    assert found.replaces == (
        GoReplace(old="github.com/a/b", new="../b", line=14),
        GoReplace(old="golang.org/x/net", old_version="v0.10.0", new="golang.org/x/net", new_version="v0.23.0", line=17),
    )
    assert found.excludes == (("github.com/a/b", "v1.0.0"),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("require a", "line 1: require with 1 words"),
        ("\nreplace a b", "line 2: replace without =>"),
        ("replace a b c => d", "line 1: replace with"),
        ("require (\na v1\n", "the require block does not end"),
    ],
)
def test_what_is_wrong_is_named(text: str, said: str) -> None:
    with pytest.raises(Malformed, match=said):
        parse(text.encode())


def test_limits() -> None:
    with pytest.raises(LimitExceeded, match="bytes"):
        parse(b" " * (go_mod.MAX_BYTES + 1))
    with pytest.raises(LimitExceeded, match="lines"):
        parse(b"\n" * (go_mod.MAX_LINES + 1))
