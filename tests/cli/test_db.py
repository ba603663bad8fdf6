"""`ringfence db` as a script sees it, and what `ringfence app` says with and without a store."""

import json
from pathlib import Path

import pytest

from cli.test_main import ringfence
from worlds.advisories import bucket, record
from worlds.file_server import serving

PINS = "jinja2==1.0\nflask==2.0\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "requirements.txt").write_text(PINS)
    bucket(
        tmp_path / "bucket",
        {"PyPI": [record("PYSEC-1", aliases=["CVE-2020-1"]), record("PYSEC-2", withdrawn="2020-01-01T00:00:00Z")]},
    )
    return tmp_path


def test_from_nothing_to_a_finding(tree: Path) -> None:
    bare = json.loads(ringfence("app", "app", "--format", "json", cwd=tree).stdout)
    said = [item for item in bare["status"]["problems"] if "no advisory store" in item["why"]]
    assert len(said) == 1, "said once"
    assert said[0]["mend"] == "run 'ringfence db update'"

    done = ringfence("db", "update", "--from", "bucket", cwd=tree)
    assert (done.returncode, done.stdout, done.stderr) == (0, "PyPI: 2 records\n", "")

    found = json.loads(ringfence("app", "app", "--format", "json", cwd=tree).stdout)
    vulnerabilities = [item for item in found["findings"] if item["kind"] == "vulnerability"]
    assert [(item["rule"], item["aliases"]) for item in vulnerabilities] == [("CVE-2020-1", ["PYSEC-1"])]
    assert vulnerabilities[0]["package"]["fixed_version"] == "2.0"
    assert vulnerabilities[0]["location"]["path"] == "requirements.txt"
    assert not found["status"]["problems"]
    assert ringfence("app", "app", "--fail-on", "medium", cwd=tree).returncode == 1


def test_what_a_vex_document_says_is_marked_and_the_gate_hears_it(tree: Path) -> None:
    ringfence("db", "update", "--from", "bucket", cwd=tree)
    statement = {
        "vulnerability": {"name": "CVE-2020-1"},
        "products": ["pkg:pypi/jinja2@1.0"],
        "status": "not_affected",
        "justification": "vulnerable_code_not_present",
    }
    document = {"@context": "https://openvex.dev/ns/v0.2.0", "author": "We", "statements": [statement]}
    (tree / "our.json").write_text(json.dumps(document))
    words = ["app", "app", "--format", "json", "--fail-on", "medium", "--vex", "our.json"]
    done = ringfence(*words, cwd=tree)
    (found,) = (item for item in json.loads(done.stdout)["findings"] if item["rule"] == "CVE-2020-1")
    assert found["suppressed"]["by"] == "our.json (We)"
    assert found["suppressed"]["reason"] == "not_affected: vulnerable_code_not_present"
    assert done.returncode == 0
    (tree / "our.json").write_text("{}")
    assert "our.json: not a valid VEX document" in ringfence(*words, cwd=tree).stderr


def test_sorted_by_risk_what_is_exploited_comes_first(tree: Path) -> None:
    bucket(
        tree / "bucket",
        {
            "PyPI": [
                record("PYSEC-7", aliases=["CVE-2020-7"], database_specific={"severity": "HIGH"}),
                record("PYSEC-8", aliases=["CVE-2020-8"], database_specific={"severity": "HIGH"}),
            ]
        },
    )
    ringfence("db", "update", "--from", "bucket", cwd=tree)
    listed = {"vulnerabilities": [{"cveID": "CVE-2020-8", "dateAdded": "2024-01-01"}]}
    (tree / "known_exploited_vulnerabilities.json").write_text(json.dumps(listed))
    ringfence("db", "update", "--feed", "kev", "--from", "known_exploited_vulnerabilities.json", cwd=tree)
    done = ringfence("app", "app", "--format", "json", "--sort", "risk", cwd=tree)
    found = [item for item in json.loads(done.stdout)["findings"] if item["kind"] == "vulnerability"]
    assert [(item["rule"], item["kev"]) for item in found] == [("CVE-2020-8", True), ("CVE-2020-7", False)]
    table = ringfence("app", "app", "--sort", "risk", "--details", cwd=tree).stdout
    assert table.index("CVE-2020-8") < table.index("CVE-2020-7")


def test_old_data_is_said_and_the_limit_is_the_users(tree: Path) -> None:
    from ringfence.advisories.feeds import osv
    from ringfence.advisories.update import Source, Update
    from ringfence.io.bucket import open_bucket

    Update(str(tree / "db"), "2020-01-01T00:00:00Z").run([Source(osv, open_bucket(str(tree / "bucket")))])
    done = ringfence("app", "app", "--format", "json", "--db", "db", cwd=tree)
    (said,) = json.loads(done.stdout)["status"]["problems"]
    assert "newer vulnerabilities are not known here" in said["why"]
    assert done.returncode == 3
    (tree / "ringfence.toml").write_text("db-max-age = 100000\n")
    fresh = json.loads(ringfence("app", "app", "--format", "json", "--db", "db", cwd=tree).stdout)
    assert not fresh["status"]["problems"]


def test_an_ecosystem_without_data_is_said_and_never_silence(tree: Path) -> None:
    bucket(tree / "other", {"Go": [record("GO-1", "example.org/a", "Go")]})
    ringfence("db", "update", "--from", "other", cwd=tree)
    done = ringfence("app", "app", "--format", "json", "--fail-on", "critical", cwd=tree)
    report = json.loads(done.stdout)
    assert done.returncode == 3
    assert [item["where"] for item in report["status"]["problems"]] == ["PyPI"]
    assert "not assessed" in report["status"]["problems"][0]["why"]


def test_status_says_what_there_is_and_what_is_missing(tree: Path) -> None:
    ringfence("db", "update", "--from", "bucket", cwd=tree)
    done = ringfence("db", "status", cwd=tree)
    assert done.returncode == 0
    assert "PyPI" in done.stdout
    assert "Nothing of npm, Go" in done.stdout
    told = json.loads(ringfence("db", "status", "--format", "json", cwd=tree).stdout)
    assert [(item["ecosystem"], item["records"], item["url"]) for item in told["sources"]] == [("PyPI", 2, "bucket")]


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ("CVE-2020-1", 0, "PYSEC-1 (CVE-2020-1)"),
        ("cve-2020-1", 0, "before 2.0"),
        ("PYSEC-2", 0, "withdrawn on 2020-01-01"),
        ("pkg:pypi/Jinja2@1.0", 0, "CVE-2020-1 unknown, fixed in 2.0"),
        ("pkg:pypi/jinja2", 0, "PYSEC-2"),
    ],
)
def test_lookup(tree: Path, asked: str, status: int, said: str) -> None:
    ringfence("db", "update", "--from", "bucket", cwd=tree)
    done = ringfence("db", "lookup", asked, cwd=tree)
    assert done.returncode == status
    assert said in done.stdout


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ("CVE-1999-1", 1, "no record about CVE-1999-1"),
        ("pkg:pypi/jinja2@3.0", 1, "no record about"),
        ("pkg:npm/a@1.0", 3, "not assessed"),
        ("pkg:pypi/jinja2@one", 3, "no order"),
        ("pkg:", 2, "not a valid package URL"),
    ],
)
def test_lookup_of_what_is_not_there_is_no_all_clear(tree: Path, asked: str, status: int, said: str) -> None:
    ringfence("db", "update", "--from", "bucket", cwd=tree)
    done = ringfence("db", "lookup", asked, cwd=tree)
    assert done.returncode == status
    assert said in done.stdout + done.stderr


def test_from_a_server(tree: Path) -> None:
    with serving(tree / "bucket") as server:
        done = ringfence("db", "update", "--from", server.url, cwd=tree)
        assert (done.returncode, done.stdout) == (0, "PyPI: 2 records\n")
        assert "has nothing of npm, Go" in done.stderr
        assert ringfence("db", "update", "--from", server.url, "--ecosystem", "npm", cwd=tree).returncode == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["db", "status"], "run 'ringfence db update'"),
        (["db", "lookup", "CVE-2020-1"], "run 'ringfence db update'"),
        (["db", "update", "--from", "missing"], "missing: is not there"),
        (["db", "update", "--feed", "rumour"], "there is no feed 'rumour'"),
        (["db", "update", "--offline"], "--offline"),
        (["db", "update", "--from", "http://example.org"], "not https"),
    ],
)
def test_what_cannot_be_done_is_one_line(tmp_path: Path, words: list[str], said: str) -> None:
    done = ringfence(*words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_record_cannot_drive_the_terminal(tree: Path) -> None:
    bucket(tree / "bucket", {"PyPI": [record("PYSEC-9", summary="\x1b[2Jgone\u202e")]})
    ringfence("db", "update", "--from", "bucket", cwd=tree)
    said = ringfence("db", "lookup", "PYSEC-9", cwd=tree).stdout
    assert "\x1b" not in said
    assert "gone" in said
