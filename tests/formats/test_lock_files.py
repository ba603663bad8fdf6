"""Lock files of four tools: any bytes give packages or one of two errors; each form of entry is read for what it is."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import locked, package_json, package_lock, poetry_lock, pyproject, uv_lock
from ringfence.formats.declared import Project
from ringfence.formats.locked import Locked, table_lines

PARSERS: dict[str, Callable[[bytes], object]] = {
    "poetry": poetry_lock.parse,
    "uv": uv_lock.parse,
    "npm": package_lock.parse,
    "pyproject": pyproject.parse,
    "package.json": package_json.parse,
}
TOML = (
    "[[package]]",
    'name = "a"',
    'version = "1"',
    "version = 1",
    "files = []",
    'source = {git = "x#y"}',
    "[package.source]",
    "wheels = [{}]",
    "[metadata.files]",
    'a = [{hash = ""}]',
    "[project]",
    'dependencies = ["x"]',
    "dependencies = 3",
    "[[",
)
JSON_PARTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["packages", "dependencies", "node_modules/a", "version", "resolved", "integrity", "dev", "link", ""]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@pytest.mark.parametrize("parser", PARSERS.values(), ids=PARSERS)
@given(
    st.one_of(
        st.binary(),
        st.lists(st.sampled_from(TOML)).map(lambda parts: "\n".join(parts).encode()),
        JSON_PARTS.map(lambda value: json.dumps(value).encode()),
    )
)
def test_any_bytes(parser: Callable[[bytes], object], data: bytes) -> None:
    try:
        parser(data)
    except (Malformed, LimitExceeded):
        return


@pytest.mark.parametrize("parser", PARSERS.values(), ids=PARSERS)
@pytest.mark.parametrize(
    "data", [b"\xff", b"[" * 100_000, b'{"a":' * 100_000, b"a = " + b"[" * 100_000, b"x = " + b"9" * 10_000]
)
def test_hostile_bytes(parser: Callable[[bytes], object], data: bytes) -> None:
    with pytest.raises((Malformed, LimitExceeded)):
        parser(data)


@pytest.mark.parametrize("parser", [poetry_lock.parse, uv_lock.parse, package_lock.parse])
def test_limits(parser: Callable[[bytes], object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locked, "MAX_PACKAGES", 1)
    two = b'[[package]]\nname="a"\nversion="1"\n[[package]]\nname="b"\nversion="1"\n'
    if parser is package_lock.parse:
        two = b'{"packages": {"node_modules/a": {"version": "1"}, "node_modules/b": {"version": "1"}}}'
    with pytest.raises(LimitExceeded, match="packages"):
        parser(two)
    monkeypatch.setattr(locked, "MAX_BYTES", 3)
    monkeypatch.setattr(package_lock, "MAX_BYTES", 3)
    with pytest.raises(LimitExceeded, match="bytes"):
        parser(two)


def told(found: Locked) -> list[tuple[object, ...]]:
    return [(item.name, item.version, item.line, item.source, item.hashed, item.dev) for item in found.packages]


def test_poetry_2() -> None:
    data = b"""[[package]]
name = "flask"
version = "2.0.1"
groups = ["main"]
files = [{file = "f.whl", hash = "sha256:00"}]

[[package]]
name = "lib"
version = "1.0"
groups = ["dev"]
files = []

[package.source]
type = "git"
url = "https://me:hunter2@host/lib.git"
reference = "main"
resolved_reference = "0123"
"""
    found = poetry_lock.parse(data)
    assert told(found) == [("flask", "2.0.1", 1, "registry", True, False), ("lib", "1.0", 7, "git", False, True)]
    assert (found.packages[1].reference, "hunter2" in found.packages[1].url) == ("0123", False)


def test_poetry_1() -> None:
    data = b"""[[package]]
name = "flask"
version = "2.0.1"
category = "dev"

[metadata.files]
flask = [{file = "f.whl", hash = "sha256:00"}]
"""
    assert told(poetry_lock.parse(data)) == [("flask", "2.0.1", 1, "registry", True, True)]


def test_uv() -> None:
    data = b"""version = 1

[[package]]
name = "mine"
version = "0.1"
source = { editable = "." }
dependencies = [{ name = "flask" }]

[package.dev-dependencies]
dev = [{ name = "pytest" }]

[[package]]
name = "flask"
version = "2.0.1"
source = { registry = "https://pypi.org/simple" }
sdist = { url = "https://x", hash = "sha256:00" }
wheels = [{ url = "https://y", hash = "sha256:11" }]

[[package]]
name = "pytest"
version = "8.0"
source = { git = "https://host/pytest?rev=main#0123" }
"""
    found = uv_lock.parse(data)
    assert told(found) == [
        ("mine", "0.1", 3, "path", None, False),
        ("flask", "2.0.1", 12, "registry", True, False),
        ("pytest", "8.0", 19, "git", None, True),
    ]
    assert found.packages[2].reference == "0123"


def test_npm_3() -> None:
    data = json.dumps(
        {
            "lockfileVersion": 3,
            "packages": {
                "": {"name": "mine", "version": "1.0.0"},
                "node_modules/a": {"version": "1.0.0", "resolved": "https://r/a/-/a-1.0.0.tgz", "integrity": "sha512-x"},
                "node_modules/@s/b": {
                    "version": "2.0.0",
                    "resolved": "https://host/b.tgz",
                    "dev": True,
                    "hasInstallScript": True,
                },
                "node_modules/a/node_modules/c": {"version": "3.0.0", "resolved": "git+ssh://git@h/c.git#" + "0" * 40},
                "node_modules/w": {"resolved": "packages/w", "link": True},
                "node_modules/d": {"version": "4.0.0", "inBundle": True},
            },
        },
        indent=1,
    ).encode()
    found = package_lock.parse(data)
    assert [(item.name, item.version, item.source, item.hashed, item.dev) for item in found.packages] == [
        ("a", "1.0.0", "registry", True, False),
        ("@s/b", "2.0.0", "archive", False, True),
        ("c", "3.0.0", "git", True, False),
        ("d", "4.0.0", "registry", None, False),
    ]
    assert [item.install_script for item in found.packages] == [False, True, False, False]
    assert found.packages[0].line == 8


def test_npm_1() -> None:
    data = json.dumps(
        {
            "lockfileVersion": 1,
            "dependencies": {
                "a": {"version": "1.0.0", "integrity": "sha1-x", "dependencies": {"b": {"version": "2.0.0", "dev": True}}},
                "g": {"version": "git+https://me:hunter2@host/g.git#main"},
            },
        }
    ).encode()
    found = {item.name: item for item in package_lock.parse(data).packages}
    assert (found["a"].version, found["a"].hashed, found["a"].install_script) == ("1.0.0", True, None)
    assert (found["b"].version, found["b"].dev) == ("2.0.0", True)
    assert (found["g"].version, found["g"].source, found["g"].reference) == ("", "git", "main")
    assert "hunter2" not in found["g"].url


def asked(parser: Callable[[bytes], Project], data: bytes) -> int:
    return len(parser(data).asks)


def test_how_much_a_project_declares() -> None:
    assert asked(pyproject.parse, b'[project]\ndependencies = ["a", "b"]\n') == 2
    assert asked(pyproject.parse, b'[tool.poetry.dependencies]\npython = "^3.11"\na = "1"\n') == 1
    assert asked(pyproject.parse, b"[tool.ruff]\nline-length = 100\n") == 0
    assert asked(package_json.parse, b'{"dependencies": {"a": "1"}, "devDependencies": {"b": "2"}}') == 2


@given(st.text())
def test_table_lines_are_lines_of_the_text(text: str) -> None:
    lines = f"{text}\n[[package]]\n".splitlines()
    assert all(lines[number - 1].strip() == "[[package]]" for number in table_lines("\n".join(lines), "[[package]]"))
