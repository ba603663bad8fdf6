"""`ringfence impact` over saved facts: the same document answers for the kernel it was taken on and for an older one."""

import json
from pathlib import Path

import pytest

from cli.test_main import ringfence

CVE = "CVE-2018-18955"
INSIDE = "4.15.18"
"""Of the affected range 4.15 to 4.19.2, and of a branch that never had a fix."""


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("impact")
    done = ringfence("collect", "-o", "saved.json", cwd=folder)
    assert done.returncode in (0, 3), done.stderr
    return folder / "saved.json"


@pytest.fixture(scope="module")
def older(saved: Path) -> Path:
    """The same facts as if the host ran an older kernel."""
    stack = json.loads(saved.read_text())
    kernels = [item["facts"] for item in stack["sections"] if item["storey"] == "kernel"]
    assert kernels, "no kernel was collected"
    for facts in kernels:
        facts["kernel"]["release"] = {"type": "known", "value": INSIDE}
        facts["component"]["version"] = {"type": "known", "value": INSIDE}
        facts["component"].pop("package", None)
    path = saved.with_name("older.json")
    path.write_text(json.dumps(stack))
    return path


def components(stack: Path, *words: str) -> list[tuple[bool | None, str]]:
    done = ringfence("impact", CVE, "--stack", str(stack), "--format", "json", *words, cwd=stack.parent)
    assert done.returncode in (0, 3), done.stderr
    (impact,) = json.loads(done.stdout)["impacts"]
    return [(item["affected"], item["because"]) for item in impact["components"]]


def test_an_old_kernel_is_affected_and_this_one_is_not_and_both_say_why(saved: Path, older: Path) -> None:
    ((affected, because),) = components(older)
    assert affected is True
    assert because == f"Linux {INSIDE} is from 4.15-rc1 to before 4.20-rc2"
    ((affected, because),) = components(saved)
    assert affected is False
    assert "is in no affected range (from 4.15-rc1 to before 4.20-rc2)" in because


def test_the_question_what_if_answers_like_the_facts_of_such_a_host(saved: Path, older: Path) -> None:
    assert components(saved, "--kernel", INSIDE) == components(older)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("CVE-0000",), "CVE-0000: is not a CVE id; write it as CVE-2022-0492"),
        (("CVE-2000-0001",), "CVE-2000-0001: is among neither the"),
        ((CVE, "--stack", "none.json"), "none.json: No such file or directory; check the path"),
    ],
)
def test_a_wrong_question_is_one_line_and_status_2(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = ringfence("impact", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"ringfence: {said}")
    assert done.stderr.count("\n") == 1
