"""Facts saved by `collect` and judged by `audit --stack` give what judging them at once gives."""

import json
import os
from pathlib import Path

import pytest

from cli.test_main import ringfence

pytestmark = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stack")
    done = ringfence("collect", "-o", "stack.json", cwd=folder)
    assert done.returncode in (0, 3), done.stderr
    return folder / "stack.json"


def test_a_stack_is_for_its_owner_only(stack: Path) -> None:
    assert stack.stat().st_mode & 0o077 == 0


def test_a_stack_survives_being_read_and_written(stack: Path) -> None:
    from ringfence.engine import collecting

    saved, gathered = collecting.thaw(stack.read_bytes(), str(stack))
    again = collecting.freeze(gathered, saved.problems, node=saved.node, at=saved.collected_at)
    assert again == saved


def test_judged_later_is_judged_the_same(stack: Path) -> None:
    reports = [
        json.loads(ringfence("audit", "--stack", str(stack), "--format", "json", cwd=stack.parent).stdout) for _ in range(2)
    ]
    ids = [[finding["id"] for finding in report["findings"]] for report in reports]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == len(ids[0]), "an id names one finding"
    rules = {finding["rule"] for finding in reports[0]["findings"]}
    at_once = json.loads(ringfence("host", "--format", "json", cwd=stack.parent).stdout)
    # What is found of containers, and what a CVE is to them, hangs on those that run just then; the kernel's settings stay.
    kernel = {
        finding["rule"]
        for finding in at_once["findings"]
        if finding["layer"] == "kernel" and not finding["workload"] and "CVE" not in finding["rule"]
    }
    assert kernel <= rules


def test_the_gate_decides_the_exit_status(stack: Path) -> None:
    report = json.loads(ringfence("audit", "--stack", str(stack), "--format", "json", cwd=stack.parent).stdout)
    worst = report["findings"][0]["severity"]
    assert ringfence("audit", "--stack", str(stack), "--fail-on", worst, cwd=stack.parent).returncode == 1
    assert ringfence("audit", "--stack", str(stack), cwd=stack.parent).returncode in (0, 3)


def test_the_report_can_go_to_a_file(stack: Path) -> None:
    done = ringfence("audit", "--stack", str(stack), "--format", "json", "-o", "report.json", cwd=stack.parent)
    assert done.stdout == ""
    assert json.loads((stack.parent / "report.json").read_text())["schema"] == "ringfence/report/v1"


def test_a_store_that_is_missing_is_told_once_with_the_command_that_mends_it(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("jinja2==2.11.2\n")
    done = ringfence("audit", str(tmp_path), "--format", "json", cwd=tmp_path)
    problems = json.loads(done.stdout)["status"]["problems"]
    assert [item["mend"] for item in problems if "db update" in item["mend"]] == ["run 'ringfence db update'"]
