"""A short or unsettled run is told; a long and settled one is not."""

import pytest

from ringfence.model.recording import CallUse, Method, Phase, Recording, Run
from ringfence.record.coverage import last_new, warnings


def run(**given: object) -> Run:
    told = {
        "id": "r",
        "subject": "x",
        "method": Method.EBPF,
        "started": "2026-11-24T00:00:00Z",
        "seconds": 100.0,
        "kernel": "6.18",
        "machine": "x86_64",
        "ringfence": "0",
        "coverage": ((0.1, 10), (5.0, 40)),
    }
    return Run(**{**told, **given})  # type: ignore[arg-type] # fields by name


def test_the_last_new_call_is_where_the_count_stops_growing() -> None:
    assert last_new(run(coverage=((0.1, 10), (5.0, 40), (9.0, 40)))) == 5.0
    assert last_new(run(coverage=())) == 0.0


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"seconds": 2.0}, "watched for 2.0 s only"),
        ({"coverage": ((1.0, 10), (90.0, 41))}, "record longer"),
        ({"lost": {"files": 3}}, "3 files were seen and could not be kept"),
        ({"lost": {"files": 3}}, "incomplete"),
        ({"method": Method.NOTIFY}, "without eBPF"),
    ],
)
def test_a_doubtful_run_is_told(changed: dict[str, object], said: str) -> None:
    assert any(said in warning for warning in warnings(Recording(runs=(run(**changed),))))


def test_a_long_settled_run_and_a_short_job_that_ended_are_fine() -> None:
    assert warnings(Recording(runs=(run(),))) == ()
    assert warnings(Recording(runs=(run(seconds=0.2, exit_status=0),))) == ()


def test_io_uring_is_told() -> None:
    used = Recording(runs=(run(),), calls=(CallUse(name="io_uring_setup", phase=Phase.SERVING),))
    assert any("io_uring" in warning for warning in warnings(used))
