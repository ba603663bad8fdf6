"""Every number of the benchmark is judged by a check or has the reason why not, and no check names one that is not there."""

from docs.computed.cis_docker import judges, rows

from ringfence.engine.index import plugins


def test_every_number_has_a_judge_or_a_reason() -> None:
    found = judges()
    assert not [row.number for row in rows() if not (row.note or row.see) and row.number not in found]


def test_checks_name_numbers_of_the_benchmark_only() -> None:
    assert judges().keys() <= {row.number for row in rows()}


def test_checks_named_beside_exist() -> None:
    known = {check.slug for check in plugins("CHECK")}
    assert {slug for row in rows() for slug in row.see} <= known


def test_the_parts_on_host_and_daemon_are_whole() -> None:
    numbers = [row.number for row in rows()]
    assert len(numbers) == len(set(numbers))
    for section, count in (("1.1.", 18), ("1.2.", 2), ("2.", 18), ("3.", 24)):
        assert {f"{section}{number}" for number in range(1, count + 1)} <= set(numbers)


def test_of_host_and_daemon_only_two_numbers_are_judged_by_no_single_check() -> None:
    found = judges()
    missing = [row.number for row in rows() if row.number[0] in "123" and row.number not in found]
    assert missing == ["1.2.1", "1.2.2"]
