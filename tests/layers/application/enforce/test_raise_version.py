"""Versions raised in manifests: only what is asked for changes, whatever stands around it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.layers.application.enforce.npm_override import overrides
from ringfence.layers.application.enforce.raise_version import raised, range_for
from ringfence.layers.application.evaluate.mending import Raise
from ringfence.model.plan import Plan


def after(ecosystem: str, text: str, name: str, line: int, to: str) -> str:
    wish = Raise(path="f", line=line, ecosystem=ecosystem, name=name, old="", to=to)
    return Plan(path="f", edits=raised(text, [(wish, "why")]).edits).applied(text)


CASES = [
    ("PyPI", "flask==0.12 # old\n", "flask", 1, "3.1.3", "flask==3.1.3 # old\n"),
    (
        "PyPI",
        "Flask_Thing[x] >=1,<2 ; python_version > '3'",
        "flask-thing",
        1,
        "3.0",
        "Flask_Thing[x] >=3.0 ; python_version > '3'",
    ),
    ("PyPI", '  "jinja2~=2.10",', "jinja2", 1, "3.1.6", '  "jinja2~=3.1.6",'),
    ("PyPI", 'django = "^3.2"', "django", 1, "4.2.1", 'django = "^4.2.1"'),
    (
        "PyPI",
        'django = { version = "~3.2", extras = ["x"] }',
        "django",
        1,
        "4.2",
        'django = { version = "~4.2", extras = ["x"] }',
    ),
    ("PyPI", "    - flask==0.12", "flask", 1, "1.0", "    - flask==1.0"),
    ("npm", '  "a": "^1.2.0",', "a", 1, "2.0.0", '  "a": "^2.0.0",'),
    ("npm", '  "a": "1.2.0"', "a", 1, "1.2.1", '  "a": "1.2.1"'),
    ("npm", '  "a": "npm:b@~1.2.0"', "a", 1, "2.0.0", '  "a": "npm:b@~2.0.0"'),
    ("npm", '  "a": ">=1 <2"', "a", 1, "2.0.0", '  "a": ">=2.0.0"'),
    ("crates.io", 'time = "0.1"', "time", 1, "0.2.23", 'time = "0.2.23"'),
    (
        "crates.io",
        'time = { version = "0.1", features = [] }',
        "time",
        1,
        "0.2",
        'time = { version = "0.2", features = [] }',
    ),
    ("crates.io", '[dependencies.time]\nversion = "0.1"\n', "time", 1, "0.2", '[dependencies.time]\nversion = "0.2"\n'),
    (
        "Go",
        "\tgolang.org/x/net v0.10.0 // indirect",
        "golang.org/x/net",
        1,
        "0.17.0",
        "\tgolang.org/x/net v0.17.0 // indirect",
    ),
    (
        "RubyGems",
        'gem "rails", "~> 6.0", ">= 6.0.3", require: "x"',
        "rails",
        1,
        "6.1.4",
        'gem "rails", "~> 6.1.4", require: "x"',
    ),
    ("RubyGems", "gem 'rack', '2.2.2'", "rack", 1, "2.2.3", "gem 'rack', \"2.2.3\""),
    ("Packagist", '"a/b": "^1.0",', "a/b", 1, "1.2.0", '"a/b": "^1.2.0",'),
    (
        "NuGet",
        '<PackageReference Include="A" Version="1.0" />',
        "A",
        1,
        "2.0",
        '<PackageReference Include="A" Version="2.0" />',
    ),
    (
        "Maven",
        "<dependency>\n<artifactId>a</artifactId>\n<version>1</version>\n",
        "g:a",
        1,
        "2",
        "<dependency>\n<artifactId>a</artifactId>\n<version>2</version>\n",
    ),
    (
        "Maven",
        "<v>1</v>\n<dependency>\n<version>${v}</version>",
        "g:a",
        2,
        "2",
        "<v>2</v>\n<dependency>\n<version>${v}</version>",
    ),
    ("Pub", "  http: ^0.13.0 # x", "http", 1, "0.13.3", "  http: ^0.13.3 # x"),
]


@pytest.mark.parametrize(("ecosystem", "text", "name", "line", "to", "wanted"), CASES)
def test_examples(ecosystem: str, text: str, name: str, line: int, to: str, wanted: str) -> None:
    assert after(ecosystem, text, name, line, to).rstrip(" ") == wanted.rstrip(" ") or after(
        ecosystem, text, name, line, to
    ) == wanted.replace(" ;", ";")


LEFT = [
    ("PyPI", "flask==0.12 \\\n  --hash=sha256:00", "flask", 1, "1.0"),
    ("PyPI", "flask==${V}", "flask", 1, "1.0"),
    ("PyPI", "flask", "flask", 1, "1.0"),
    ("Maven", "<a.v>1</a.v>\n<a.v>2</a.v>\n<dependency>\n<version>${a.v}</version>", "g:a", 3, "3"),
    ("Maven", "<dependency>\n</dependency>\n<version>1</version>", "g:a", 1, "3"),
    ("npm", '  "b": "1"', "a", 1, "2"),
    ("npm", '  "a": "1"', "a", 9, "2"),
    ("Hex", '{:a, "~> 1.0"}', "a", 1, "2"),
]


@pytest.mark.parametrize(("ecosystem", "text", "name", "line", "to"), LEFT)
def test_what_is_not_safe_to_change_is_left_and_said(ecosystem: str, text: str, name: str, line: int, to: str) -> None:
    done = raised(text, [(Raise(path="f", line=line, ecosystem=ecosystem, name=name, old="", to=to), "why")])
    assert done.edits == ()
    assert len(done.left) == 1


@given(
    st.sampled_from([case[0] for case in CASES]),
    st.lists(
        st.sampled_from(['a = "1"', '"a": "^1"', "a==1", "gem 'a', '1'", "a v1", "", "<version>1</version>", "b", "x y"])
    ),
    st.integers(0, 12),
)
def test_no_other_line_changes(ecosystem: str, lines: list[str], line: int) -> None:
    text = "\n".join(lines)
    done = raised(text, [(Raise(path="f", line=line, ecosystem=ecosystem, name="a", old="", to="9.9"), "why")])
    changed = Plan(path="f", edits=done.edits).applied(text).split("\n")
    touched = {edit.line for edit in done.edits}
    kept = [(number, one) for number, one in enumerate(text.split("\n"), 1) if number not in touched]
    assert kept == [(number, one) for number, one in enumerate(changed, 1) if number not in touched]


@given(st.text(max_size=20), st.from_regex(r"\d\.\d\.\d", fullmatch=True))
def test_a_range_for_a_version_has_it(old: str, to: str) -> None:
    for ecosystem in {case[0] for case in CASES}:
        assert to in range_for(ecosystem, old, to)


def test_overrides() -> None:
    text = '{\n  "name": "m"\n}\n'
    wanted = {"a": ("1.2.3", "why"), "b": ("2.0.0", "too")}
    for lock, path in (("package-lock.json", '"overrides"'), ("yarn.lock", '"resolutions"'), ("pnpm-lock.yaml", '"pnpm"')):
        edit = overrides(text, lock, wanted)
        assert edit is not None
        changed = Plan(path="package.json", edits=(edit,)).applied(text)
        assert path in changed
        assert '"a": "1.2.3"' in changed
        assert '"name": "m"' in changed
    assert overrides('{"name": "m"}', "package-lock.json", wanted) is None
    assert overrides('{\n  "overrides": {}\n}', "package-lock.json", wanted) is None
