"""What `.dockerignore` leaves behind, by the examples of its documentation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.formats.dockerignore import Ignored, parse


@pytest.mark.parametrize(
    ("rules", "path", "left"),
    [
        ("*/temp*", "a/temporary.txt", True),
        ("*/temp*", "a/b/temp", False),
        ("*/*/temp*", "a/b/temporary.txt", True),
        ("temp?", "tempa", True),
        ("temp?", "temp", False),
        ("**/*.go", "a/b/c.go", True),
        ("**/*.go", "c.go", True),
        ("node_modules", "node_modules/a/b", True),
        ("/.env", ".env", True),
        ("*.md\n!README.md", "README.md", False),
        ("*.md\n!README*.md\nREADME-secret.md", "README-secret.md", True),
        ("*\n!src", "src/a", False),
        ("*\n!src", ".env", True),
        ("# .env\n\n", ".env", False),
        ("[a-c].txt", "b.txt", True),
        ("[^a-c].txt", "b.txt", False),
        ("a[", "a[", True),
        ("./a/../b", "b", True),
        ("\\*.txt", "a.txt", False),
    ],
)
def test_the_documented_rules(rules: str, path: str, left: bool) -> None:
    assert Ignored(parse(rules))(path) is left


@given(st.text(alphabet="ab*?[]^-!\\/.#\n ", max_size=40), st.text(alphabet="ab./", min_size=1, max_size=12))
def test_any_file_is_read(rules: str, path: str) -> None:
    assert Ignored(parse(rules))(path) in (True, False)
