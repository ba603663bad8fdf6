import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import lsm_label
from ringfence.model.confinement import Lsm


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"docker-default (enforce)\n", Lsm(module="apparmor", label="docker-default", enforcing=True)),
        (b"/usr/bin/man (complain)\n", Lsm(module="apparmor", label="/usr/bin/man", enforcing=False)),
        (b"unconfined\n", Lsm(module="apparmor", label="unconfined", enforcing=False)),
        (
            b"system_u:system_r:container_t:s0:c1,c2\0",
            Lsm(module="selinux", label="system_u:system_r:container_t:s0:c1,c2", enforcing=True),
        ),
        (b"system_u:system_r:spc_t:s0\0", Lsm(module="selinux", label="system_u:system_r:spc_t:s0", enforcing=False)),
        (b"kernel", Lsm(module="selinux", label="kernel", enforcing=False)),
    ],
)
def test_labels(data: bytes, wanted: Lsm) -> None:
    assert lsm_label.parse(data) == wanted


@given(st.binary(max_size=200))
@settings(max_examples=100)
def test_any_bytes(data: bytes) -> None:
    with contextlib.suppress(Malformed, LimitExceeded):
        lsm_label.parse(data)
