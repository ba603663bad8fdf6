"""Watches of audit rules: both ways to write them, what takes them away, and anything at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded
from ringfence.formats.audit_rules import MAX_RULES, parse


@pytest.mark.parametrize(
    ("text", "watched"),
    [
        ("-w /usr/bin/dockerd -k docker\n", ("/usr/bin/dockerd",)),
        ("-w /etc/docker/ -p wa -k docker", ("/etc/docker",)),
        ("-a always,exit -F path=/run/containerd -F perm=war -k docker", ("/run/containerd",)),
        ("-a exit,always -F arch=b64 -F dir=/var/lib/docker/ -S all", ("/var/lib/docker",)),
        ("-a never,exit -F dir=/var/lib/docker", ()),
        ("# -w /etc/docker\n  \nnot a rule\n", ()),
        ("-w /a\n-w /b\n-D\n-w /c\n", ("/c",)),
        ("-w /a -p wa\n-w /b\n-W /a -p wa\n", ("/b",)),
        ('-w "/with blank/x" -p wa', ("/with blank/x",)),
        ("-w 'open", ("'open",)),
        ("-w /", ("/",)),
        ("-a always,exit -F path=", ()),
        ("-a", ()),
        ("-e 2\n-b 8192\n-f 1", ()),
    ],
)
def test_watches(text: str, watched: tuple[str, ...]) -> None:
    assert parse(text.encode()) == watched


def test_a_file_without_end_is_refused() -> None:
    with pytest.raises(LimitExceeded):
        parse(b"\n" * (MAX_RULES + 1))


@given(st.binary(max_size=400))
def test_any_bytes_give_paths_or_nothing(data: bytes) -> None:
    assert all(isinstance(path, str) for path in parse(data))
