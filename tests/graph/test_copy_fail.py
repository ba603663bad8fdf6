"""The matrix of Copy Fail: the same kernel hole under other engines, versions, profiles and modules gets other verdicts."""

import pytest
from docs.computed import copy_fail

from ringfence.model.finding import VerdictStatus

MATRIX = {cell[:5]: cell.status for cell in copy_fail.matrix()}
OPEN, STOPPED, ABSENT = VerdictStatus.REACHABLE, VerdictStatus.MITIGATED, VerdictStatus.ABSENT


@pytest.mark.parametrize(
    ("engine", "version", "with_32_bit", "without"),
    [
        ("docker", "29.4.1", OPEN, OPEN),
        ("docker", "29.4.2", STOPPED, STOPPED),
        ("docker", "29.4.3", OPEN, STOPPED),
        ("containerd", "2.2.3", OPEN, OPEN),
        ("containerd", "2.2.4", OPEN, STOPPED),
        ("podman", "4.3.1", OPEN, OPEN),
    ],
)
def test_the_default_profile_of_a_version(
    engine: str, version: str, with_32_bit: VerdictStatus, without: VerdictStatus
) -> None:
    assert MATRIX[(engine, version, "default", True, True)] is with_32_bit
    assert MATRIX[(engine, version, "default", True, False)] is without


def test_without_a_filter_everything_is_open_and_the_profile_beside_the_page_stops_it() -> None:
    for engine, version in copy_fail.ENGINES:
        for calls32 in (True, False):
            assert MATRIX[(engine, version, "unconfined", True, calls32)] is OPEN
            assert MATRIX[(engine, version, "custom", True, calls32)] is STOPPED


def test_a_kernel_without_the_module_has_nothing_to_reach() -> None:
    assert {status for (_, _, _, module, _), status in MATRIX.items() if not module} == {ABSENT}
