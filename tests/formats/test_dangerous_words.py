"""Switches that turn protections off: found where they are, nowhere else, and never a value beside them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.formats.dangerous_words import in_argument, in_setting


@given(st.text())
def test_any_text(text: str) -> None:
    for said in (*in_setting(text), *in_argument(text)):
        assert said


@pytest.mark.parametrize(
    "text",
    [
        "--insecure",
        "--insecure-skip-tls-verify=true",
        "wget --no-check-certificate https://x",
        "curl -fsSL https://x/install | bash",
        "wget -qO- x|sudo sh",
        "postgres://u@db/x?sslmode=disable",
    ],
)
def test_arguments(text: str) -> None:
    assert list(in_argument(text))


@pytest.mark.parametrize("text", ["--insecure-port=0", "--secure", "curl https://x -o y", "sslmode=verify-full", "a | sh"])
def test_arguments_that_are_fine(text: str) -> None:
    assert not list(in_argument(text))


@pytest.mark.parametrize("text", ["NODE_TLS_REJECT_UNAUTHORIZED=0", "PGSSLMODE=disable", "git_ssl_no_verify=TRUE"])
def test_settings(text: str) -> None:
    assert list(in_setting(text))


def test_no_value_is_shown() -> None:
    (said,) = in_setting("DATABASE_URL=postgres://me:hunter2@db/x?sslmode=disable")
    assert "hunter2" not in said
    assert not list(in_setting("NODE_TLS_REJECT_UNAUTHORIZED=1"))
