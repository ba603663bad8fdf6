import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import proc_status
from ringfence.model.confinement import CapabilitySets

CONTAINER = b"""Name:\tsleep
State:\tS (sleeping)
Pid:\t9880
PPid:\t9870
Uid:\t100000\t100001\t100000\t100000
Gid:\t0\t1\t0\t0
NSpid:\t9880\t1
CapInh:\t0000000000000000
CapPrm:\t00000000800405fb
CapEff:\t00000000800405fb
CapBnd:\t000001ffffffffff
CapAmb:\t0000000000000000
NoNewPrivs:\t1
Seccomp:\t2
Seccomp_filters:\t1
"""


def test_the_first_process_of_a_container() -> None:
    assert proc_status.parse(CONTAINER) == proc_status.ProcStatus(
        name="sleep",
        parent=9870,
        uid=100001,
        gid=1,
        ns_pid=1,
        depth=2,
        capabilities=CapabilitySets(effective=0x800405FB, permitted=0x800405FB, bounding=0x1FFFFFFFFFF),
        no_new_privileges=True,
        seccomp=2,
        filters=1,
    )


def test_an_old_kernel_writes_less() -> None:
    status = proc_status.parse(b"Name:\tinit\nPPid:\t0\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n")
    assert (status.ns_pid, status.capabilities, status.no_new_privileges, status.seccomp) == (None, None, None, None)


@pytest.mark.parametrize("line", [b"Uid:\tx\n", b"CapEff:\tzz\n", b"CapBnd:\t" + b"f" * 17 + b"\n", b"NSpid:\t-1\n"])
def test_a_line_that_holds_no_number_is_malformed(line: bytes) -> None:
    with pytest.raises(Malformed):
        proc_status.parse(line + CONTAINER)


def test_a_status_without_end_is_refused() -> None:
    with pytest.raises(LimitExceeded):
        proc_status.parse(b"x" * (proc_status.MAX_STATUS_BYTES + 1))


@given(st.binary(max_size=200), st.integers(0, len(CONTAINER)))
@settings(max_examples=100)
def test_any_bytes(noise: bytes, at: int) -> None:
    for data in (noise, CONTAINER[:at] + noise + CONTAINER[at:]):
        with contextlib.suppress(Malformed, LimitExceeded):
            proc_status.parse(data)
