"""Attestations judged by what they say: conditions, and SLSA provenance by builder, source and parameters."""

import json
from pathlib import Path

import pytest

from ringfence.cli import main
from ringfence.formats.in_toto import Statement, Subject
from ringfence.trust import slsa
from ringfence.trust.slsa import Expected
from trust import sample_layout

BUILDER = "https://builder.example/v1"
SOURCE = "https://git.example/team/app"
PROVENANCE = {
    "buildDefinition": {
        "buildType": "https://builder.example/type",
        "externalParameters": {"workflow": {"ref": "refs/heads/main", "repository": SOURCE}, "target": "release"},
        "resolvedDependencies": [{"uri": f"git+{SOURCE}@refs/heads/main"}],
    },
    "runDetails": {"builder": {"id": BUILDER}},
}
OLD = {
    "builder": {"id": BUILDER},
    "invocation": {"configSource": {"uri": f"git+{SOURCE}@refs/heads/main"}, "parameters": {"target": "release"}},
}


def statement(kind: str, predicate: object) -> Statement:
    return Statement(type="", subject=(Subject(digest={}),), predicate_type=kind, predicate=predicate)


@pytest.mark.parametrize("said", [statement(slsa.V1, PROVENANCE), statement(slsa.V02, OLD)])
def test_provenance_is_held_against_what_was_expected(said: Statement) -> None:
    parameters: dict[str, object] = {"target": "release"}
    assert slsa.missing(said, Expected((BUILDER,), SOURCE, parameters, only=True)) == ""
    assert "was built by" in slsa.missing(said, Expected(("https://other.example",)))
    for other in ("https://git.example/team/ap", "https://git.example/team", f"{SOURCE}x"):
        assert "was built of" in slsa.missing(said, Expected(source=other))
    assert "its parameter target is" in slsa.missing(said, Expected(parameters={"target": "debug"}))
    assert "its parameter other is" in slsa.missing(said, Expected(parameters={"other": "x"}))
    assert "nobody expected: target" in slsa.missing(said, Expected(only=True))


def test_a_parameter_may_be_inside_another() -> None:
    said = statement(slsa.V1, PROVENANCE)
    assert slsa.missing(said, Expected(parameters={"workflow.ref": "refs/heads/main"})) == ""


@pytest.mark.parametrize("predicate", [None, [], {"runDetails": []}, {"buildDefinition": {"externalParameters": 1}}])
def test_a_provenance_of_another_form_says_nothing(predicate: object) -> None:
    assert "form" in slsa.missing(statement(slsa.V1, predicate), Expected((BUILDER,)))


def test_the_command_judges_by_what_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RINGFENCE_PASSPHRASE", "words")
    sample_layout.image(tmp_path / "image")
    assert main.main(["trust", "key", f"{tmp_path}/k"]) == 0
    image, vulnerabilities = f"oci:{tmp_path}/image:v1", [{"severity": "LOW"}]
    for kind, predicate in (
        ("slsaprovenance", PROVENANCE),
        ("vuln", {"scanner": {"result": {"vulnerabilities": vulnerabilities}}}),
    ):
        (tmp_path / "p.json").write_text(json.dumps(predicate))
        words = ["attest", image, "--key", f"{tmp_path}/k.key", "--name", "registry.example/app", "--type", kind]
        assert main.main([*words, "--predicate", f"{tmp_path}/p.json"]) == 0
    verify = ["verify", image, "--key", f"{tmp_path}/k.pub"]
    none_critical = "vuln: count(scanner.result.vulnerabilities, severity == 'CRITICAL') == 0"
    assert main.main([*verify, "--require", none_critical, "--builder", BUILDER, "--source", SOURCE]) == 0
    assert capsys.readouterr().out.count("attestation by") == 2
    for words, said in (
        (["--require", "vuln: count(scanner.result.vulnerabilities) == 0"], "it does not hold that count"),
        (["--require", "vuln: scanner.version == '1'"], "it does not say scanner.version"),
        (["--require", "spdx: exists(name)"], "none holds"),
        (["--builder", "https://other.example"], "it was built by"),
        (["--builder", BUILDER, "--only-parameters"], "nobody expected: target"),
        (["--require", none_critical, "--source", "https://git.example/other"], "it was built of"),
    ):
        assert main.main([*verify, *words]) == 1, words
        assert said in capsys.readouterr().err
    for words in (["--require", "vuln"], ["--require", "vuln: (("], ["--parameter", "x"]):
        assert main.main([*verify, *words]) == 2
