"""Documents that describe containers: anything may be in them, and only their own error comes out."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import container_document

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "Id",
                    "HostConfig",
                    "Privileged",
                    "Mounts",
                    "info",
                    "status",
                    "id",
                    "runtimeSpec",
                    "Spec",
                    "ID",
                    "ociVersion",
                    "linux",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_only_its_own_error_comes_out(data: bytes) -> None:
    with contextlib.suppress(Malformed, LimitExceeded):
        container_document.parse(data)


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (b'{"ociVersion": "1.0.2"}', True),
        (b' [{"Id": "a"}]', True),
        (b'{"apiVersion": "v1", "kind": "Pod"}', False),
        (b'[{"labels": {"last-applied": "{\\"apiVersion\\":\\"v1\\"}"}}]', True),
        (b"apiVersion: v1\nkind: Pod\n", False),
        (b"", False),
    ],
)
def test_a_manifest_is_none(head: bytes, known: bool) -> None:
    assert container_document.recognised(head) is known
