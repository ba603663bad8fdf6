"""YAML and JSON streams: any bytes give trees or one of two errors, every node knows its line, and no bomb goes off."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import yaml_lines
from ringfence.formats.document_tree import Mapping, Scalar, Sequence, Tree
from ringfence.formats.yaml_lines import Budget, parse, read, split

PIECES = (
    "a: 1",
    "- b",
    "---",
    "...",
    "  c:",
    "&x [1]",
    "*x",
    "<<: *x",
    "|",
    ">-",
    '"',
    "'",
    "{",
    "}",
    "[",
    "]",
    "%YAML 1.1",
    "!!binary aGk=",
    "? k",
    ": v",
    "\t",
    "#",
    "{{ .Values.x }}",
    "\x00",
    "\ufeff",
    "a: &b *b",
    "k: [1, 2",
    "- - - -",
)


def plain(tree: Tree) -> object:
    """The values alone."""
    if isinstance(tree, Mapping):
        return {key: plain(value) for key, value in tree.entries.items()}
    if isinstance(tree, Sequence):
        return [plain(item) for item in tree.items]
    return tree.value


@given(st.one_of(st.binary(), st.lists(st.sampled_from(PIECES)).map(lambda parts: "\n".join(parts).encode())))
def test_any_bytes(data: bytes) -> None:
    try:
        trees = read(data)
    except (Malformed, LimitExceeded):
        return
    lines = data.count(b"\n") + data.count(b"\r") + 1
    pending = list(trees)
    while pending:
        tree = pending.pop()
        assert 1 <= tree.line <= lines
        if isinstance(tree, Mapping):
            pending.extend(tree.entries.values())
        elif isinstance(tree, Sequence):
            pending.extend(tree.items)


# YAML 1.1 has y and n as booleans, as Kubernetes reads them; PyYAML does not, and writes them without quotes.
TEXT = st.text(st.characters(codec="utf-8")).filter(lambda text: text.lower() not in ("y", "n"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_what_json_says_is_read(value: object) -> None:
    trees = read(json.dumps({"top": value}).encode())
    assert [plain(tree) for tree in trees] == [{"top": value}]


@given(JSON)
def test_what_yaml_says_is_read(value: object) -> None:
    text = yaml.safe_dump({"top": value})
    assert [plain(tree) for tree in read(text.encode("utf-8", "surrogatepass"))] == [{"top": value}]


@given(st.lists(st.sampled_from(["a: 1\n", "- b\n", "# only a comment\n", "", "text\n"]), max_size=6))
def test_splitting_loses_no_line(parts: list[str]) -> None:
    text = "---\n".join(parts)
    found = split(text.encode())
    assert "".join(part.text for part in found) in text
    for part in found:
        assert text.splitlines(keepends=True)[part.line - 1 :][:1] == part.text.splitlines(keepends=True)[:1]


def test_lines_of_every_document() -> None:
    data = b"# head\n---\na: 1\nb:\n  - c\n  - d: 2\n---\n# next\nkind: X\n"
    first, second = read(data)
    assert isinstance(first, Mapping)
    assert isinstance(second, Mapping)
    listed = first.entries["b"]
    assert isinstance(listed, Sequence)
    assert [first.entries["a"].line, listed.line, *(item.line for item in listed.items)] == [3, 4, 5, 6]
    assert second.entries["kind"].line == 9


def test_one_broken_document_does_not_hide_the_others() -> None:
    good, bad, last = split(b"a: 1\n---\nb: [\n---\nc: 3\n")
    assert [plain(tree) for tree in (*parse(good), *parse(last))] == [{"a": 1}, {"c": 3}]
    with pytest.raises(Malformed, match="line 4"):
        parse(bad)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True),
        ("Off", False),
        ("0644", 0o644),
        ("0o644", 0o644),
        ("0x1F", 31),
        ("1_000", 1000),
        ("09", "09"),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("~", None),
        ("null", None),
        ('"yes"', "yes"),
        ("'0644'", "0644"),
        ("!!str 12", "12"),
        ("1" * 50, "1" * 50),
        ("1:30", "1:30"),
        ("v1.30", "v1.30"),
        ("1.30.2", "1.30.2"),
    ],
)
def test_scalars_are_resolved_as_kubernetes_does(text: str, value: object) -> None:
    (tree,) = read(f"k: {text}\n".encode())
    assert plain(tree) == {"k": value}


def test_anchors_and_merge_keys() -> None:
    (tree,) = read(b"base: &b {x: 1, y: 2}\nover:\n  <<: *b\n  y: 3\nmany:\n  <<: [{z: 1}, *b]\n")
    assert plain(tree) == {"base": {"x": 1, "y": 2}, "over": {"x": 1, "y": 3}, "many": {"z": 1, "x": 1, "y": 2}}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a: 1\na: 2\n", "line 2: the key 'a' is already set"),
        (b"a: *b\n", "repeats nothing"),
        (b"a: &a [*a]\n", "stands inside what it repeats"),
        (b"? [1]\n: 2\n", "a key is a structure"),
        (b"<<: 1\n", "a merge key takes a mapping"),
        (b"a: [1\n", "line 2"),
        (b"a: \xff\n", "byte 3 is not UTF-8"),
        (b'{"a": ]', "line 1"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(data: bytes, said: str) -> None:
    with pytest.raises(Malformed) as caught:
        read(data)
    assert said in str(caught.value)


def test_json_that_libyaml_refuses() -> None:
    (tree,) = read(b'{"smile": "\\ud83d\\ude00", "' + b"k" * 2000 + b'": true}')
    assert plain(tree) == {"smile": "\U0001f600", "k" * 2000: True}


def test_utf16_as_windows_shells_write_it() -> None:
    assert [plain(tree) for tree in read("a: ü\n".encode("utf-16"))] == [{"a": "ü"}]


def test_an_alias_bomb_ends() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(LimitExceeded, match="nodes"):
        read("\n".join(levels).encode())


def test_nesting_ends() -> None:
    with pytest.raises(LimitExceeded, match="depth"):
        read(b"[" * 200 + b"]" * 200)
    with pytest.raises(LimitExceeded, match="depth"):
        read(b'{"k": "\\ud83d\\ude00", "a":' * 200 + b"1" + b"}" * 200)
    with pytest.raises((Malformed, LimitExceeded)):
        read(b"[" * 100_000)


def test_the_other_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LimitExceeded, match="bytes"):
        split(b" " * (yaml_lines.MAX_BYTES + 1))
    with pytest.raises(LimitExceeded, match="documents"):
        split(b"---\n" * (yaml_lines.MAX_DOCUMENTS + 1))
    monkeypatch.setattr(yaml_lines, "MAX_SCALAR", 10)
    with pytest.raises(LimitExceeded, match="characters"):
        read(b"a: " + b"x" * 11)
    with pytest.raises(LimitExceeded):
        Budget(1).spend(2)


def test_an_empty_stream_has_no_documents() -> None:
    for data in (b"", b"\n", b"# nothing\n", b"---\n", b"---\n---\n# x\n", b"null\n"):
        assert read(data) == ()


def test_a_scalar_keeps_its_text() -> None:
    (tree,) = read(b"v: 1.10\n")
    assert isinstance(tree, Mapping)
    value = tree.entries["v"]
    assert isinstance(value, Scalar)
    assert (value.value, value.text) == (1.1, "1.10")
