"""pip's requirements files: any bytes give lines or a limit, and each form of line is what pip takes it for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded
from ringfence.formats import requirements_txt
from ringfence.formats.requirements_txt import RequirementLine, parse

PIECES = (
    "a==1",
    "-r b.txt",
    "--hash=sha256:00",
    "\\",
    "#c",
    "-e .",
    "git+https://x/y@z#egg=q",
    "${V}",
    ";",
    "-i",
    "--",
    "@",
    "-",
)


@given(st.one_of(st.binary(), st.lists(st.sampled_from(PIECES)).map(lambda parts: "\n".join(parts).encode())))
def test_any_bytes(data: bytes) -> None:
    found = parse(data)
    lines = len(data.decode("utf-8", "replace").splitlines())
    numbers = [item.line for item in found.requirements]
    numbers += [item.line for item in found.indexes] + [item.line for item in found.includes]
    assert all(1 <= number <= lines for number in (*numbers, *found.unread))


def one(text: str) -> RequirementLine:
    (found,) = parse(text.encode()).requirements
    return found


@pytest.mark.parametrize(
    ("text", "version", "specifier"),
    [
        ("Flask==2.0.1", "2.0.1", "==2.0.1"),
        ("flask === 2.0.1", "2.0.1", "===2.0.1"),
        ("flask==2.*", "", "==2.*"),
        ("flask>=2,<3", "", "<3,>=2"),
        ("flask[async]==2.0.1 # because", "2.0.1", "==2.0.1"),
    ],
)
def test_versions(text: str, version: str, specifier: str) -> None:
    found = one(text)
    assert (found.name, found.version, found.specifier) == ("flask", version, specifier)


def test_continuations_and_hashes() -> None:
    found = parse(b"# head\nflask==2.0.1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\nurllib3==2.2.1\n")
    assert [(item.name, item.line, item.hashed) for item in found.requirements] == [
        ("flask", 2, True),
        ("urllib3", 5, False),
    ]


def test_markers_and_variables() -> None:
    assert one("tomli==2.0.1; python_version < '3.11'").marker == 'python_version < "3.11"'
    found = one("private==${VERSION}")
    assert (found.name, found.variable, found.version) == ("private", True, "")


@pytest.mark.parametrize(
    ("text", "name", "source", "reference"),
    [
        ("git+https://host/a/lib.git@v1.2#egg=lib", "lib", "git", "v1.2"),
        ("lib @ git+ssh://git@host/a/lib.git@0123abc", "lib", "git", "0123abc"),
        ("lib @ https://host/lib-1.0.tar.gz#sha256=aa", "lib", "archive", ""),
        ("-e ./src", "src", "path", ""),
        ("./wheels/lib-1.0-py3-none-any.whl", "lib-1.0-py3-none-any.whl", "path", ""),
    ],
)
def test_places(text: str, name: str, source: str, reference: str) -> None:
    found = one(text)
    assert (found.name, found.source, found.reference) == (name, source, reference)


def test_a_password_in_an_address_is_not_kept() -> None:
    found = parse(b"--extra-index-url https://me:hunter2@pypi.example/simple\ngit+https://me:hunter2@host/lib.git@v1\n")
    assert "hunter2" not in repr(found)
    assert found.indexes[0].kind == "extra-index"


def test_options() -> None:
    found = parse(b"-i https://a\n--trusted-host b\n-r base.txt\n-rother.txt\n-c limits.txt\n--no-binary :all:\n=nonsense\n")
    assert [(item.kind, item.value) for item in found.indexes] == [("index", "https://a"), ("trusted-host", "b")]
    assert [(item.kind, item.path) for item in found.includes] == [
        ("requirement", "base.txt"),
        ("requirement", "other.txt"),
        ("constraint", "limits.txt"),
    ]
    assert found.unread == (7,)


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LimitExceeded):
        parse(b"#" * (requirements_txt.MAX_BYTES + 1))
    with pytest.raises(LimitExceeded):
        parse(b"a" * (requirements_txt.MAX_LINE_LENGTH + 1))
    monkeypatch.setattr(requirements_txt, "MAX_LINES", 1)
    with pytest.raises(LimitExceeded):
        parse(b"a\nb\n")
