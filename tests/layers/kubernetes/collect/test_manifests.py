"""Manifests in files, folders and links made here: what is found, what is passed over, and what is said to be missing."""

import json
import os
from pathlib import Path

import pytest

from formats.kubernetes_samples import OTHERS, WITH_PODS
from ringfence.errors import LimitExceeded, UnreadableInput
from ringfence.io.world import Target, World
from ringfence.layers.kubernetes.collect import manifests
from ringfence.layers.kubernetes.facts import Facts
from ringfence.model.finding import Problem

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\nspec:\n  containers:\n  - {name: c, image: i}\n"
CHART = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Name }}\n{{- with .Values.x }}\n  labels: {{ . }}\n{{- end }}\n"


def put(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def pod(name: str) -> str:
    return POD.replace("NAME", name)


def collect(path: Path | str, kind: str = "manifests") -> tuple[list[Facts], list[Problem]]:
    problems: list[Problem] = []
    world = World(node="n", today="2026-01-01", report=problems.append)
    return list(manifests.collect(Target(kind, str(path)), world)), problems


def names(path: Path | str, kind: str = "manifests") -> list[str]:
    found, problems = collect(path, kind)
    assert problems == []
    return [item.name for facts in found for item in facts.objects]


def test_many_documents_of_one_file(tmp_path: Path) -> None:
    put(tmp_path, "all.yaml", "# head\n---\n" + pod("a") + "---\n---\n" + pod("b") + "...\n---\nnot: an object\n")
    assert names(tmp_path / "all.yaml") == ["a", "b"]
    (facts,), _ = collect(tmp_path / "all.yaml")
    assert [item.at.line for item in facts.objects] == [3, 11]
    assert [str(item.location) for item in facts.workloads] == [
        f"{tmp_path}/all.yaml:8 spec.containers[0]",
        f"{tmp_path}/all.yaml:16 spec.containers[0]",
    ]


@pytest.mark.parametrize("kind", sorted(WITH_PODS))
def test_every_kind_in_yaml_and_json(tmp_path: Path, kind: str) -> None:
    put(tmp_path, "one.json", json.dumps(WITH_PODS[kind], indent=1))
    (facts,), problems = collect(tmp_path / "one.json")
    assert problems == []
    assert [item.identity.container for item in facts.workloads] == ["init", "web", "debug"]
    assert {str(item.identity.kind) for item in facts.workloads} == {kind}
    assert (len(facts.pods), len(facts.containers)) == (1, 3)


def test_json_with_several_objects(tmp_path: Path) -> None:
    put(tmp_path, "list.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": [*OTHERS, *WITH_PODS.values()]}))
    (facts,), _ = collect(tmp_path / "list.json")
    assert len(facts.objects) == len(OTHERS) + len(WITH_PODS)
    assert (len(facts.secrets), len(facts.roles), len(facts.bindings), len(facts.services)) == (1, 1, 1, 1)


def test_a_folder_without_what_is_not_ours(tmp_path: Path) -> None:
    put(tmp_path, "deploy/a.yaml", pod("a"))
    put(tmp_path, "deploy/b.YML", pod("b"))
    put(tmp_path, "values.yaml", "image: x\n")
    put(tmp_path, "notes.txt", pod("no"))
    put(tmp_path, "package.json", '{"name": "x"}')
    for folder in manifests.SKIPPED:
        put(tmp_path, f"{folder}/x.yaml", pod("no"))
        put(tmp_path, f"sub/{folder}/x.yaml", pod("no"))
    assert sorted(names(tmp_path)) == ["a", "b"]
    assert sorted(names(tmp_path, "tree")) == ["a", "b"]


def test_a_source_tree_without_manifests_has_no_facts(tmp_path: Path) -> None:
    put(tmp_path, "values.yaml", "image: x\n")
    assert collect(tmp_path, "tree") == ([], [])
    (facts,), problems = collect(tmp_path)
    assert (facts.objects, problems) == ((), [])


def test_links_stay_inside_and_loops_end(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    put(inside, "..data/real.yaml", pod("a"))
    put(tmp_path, "outside.yaml", pod("no"))
    (inside / "mounted.yaml").symlink_to("..data/real.yaml")
    (inside / "escape.yaml").symlink_to("../outside.yaml")
    (inside / "loop.yaml").symlink_to("loop.yaml")
    (inside / "gone.yaml").symlink_to("nothing.yaml")
    (inside / "round").symlink_to(".")
    (inside / "ping").symlink_to("pong")
    (inside / "pong").symlink_to("ping")
    found, _ = collect(inside)
    assert {item.name for facts in found for item in facts.objects} == {"a"}


def test_what_is_not_a_file_is_not_opened(tmp_path: Path) -> None:
    put(tmp_path, "a.yaml", pod("a"))
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "folder.yaml").mkdir()
    assert names(tmp_path) == ["a"]


def test_a_broken_document_does_not_hide_its_neighbours(tmp_path: Path) -> None:
    put(tmp_path, "mixed.yaml", pod("a") + "---\nkind: [\n---\n" + pod("b") + "---\napiVersion: v1\nkind: Pod\nspec: 7\n")
    (facts,), problems = collect(tmp_path)
    assert [item.name for item in facts.objects] == ["a", "b"]
    assert [item.where for item in problems] == [f"{tmp_path}/mixed.yaml"] * 2
    assert "line 9" in problems[0].why
    assert "spec is not a mapping" in problems[1].why


def test_templates_are_said_to_be_unrendered(tmp_path: Path) -> None:
    put(tmp_path, "chart/templates/pod.yaml", CHART)
    put(tmp_path, "chart/templates/other.yaml", CHART)
    put(tmp_path, "plain/pod.yaml", pod("a") + "---\n" + CHART)
    (facts,), problems = collect(tmp_path)
    assert [item.name for item in facts.objects] == ["a"]
    alone, together = sorted(problems, key=lambda item: item.where, reverse=True)
    assert (alone.where, alone.mend) == (f"{tmp_path}/plain/pod.yaml:7", manifests.RENDER)
    assert together.where == f"{tmp_path}/chart/templates"
    assert "2 files are templates" in together.why


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no Kubernetes object"),
        ("image: x\n", "holds no Kubernetes object"),
        ("kind: [\n", "line 2"),
        (CHART, "is a template that was not rendered"),
        ("apiVersion: v1\nkind: Pod\nspec: {containers: 7}\n", "spec.containers is not a list"),
    ],
)
def test_a_named_file_must_be_a_manifest(tmp_path: Path, text: str, said: str) -> None:
    put(tmp_path, "x.yaml", text)
    with pytest.raises(UnreadableInput, match=said) as caught:
        collect(tmp_path / "x.yaml")
    assert str(tmp_path / "x.yaml") in caught.value.diagnostics()


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="No such file"):
        collect(tmp_path / "gone.yaml")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(UnreadableInput, match="loop"):
        collect(tmp_path / "loop")


def test_a_file_may_be_too_large(tmp_path: Path) -> None:
    with open(tmp_path / "large.yaml", "wb") as file:
        file.truncate(40 * 1024 * 1024)
    with pytest.raises(LimitExceeded, match=r"large\.yaml: exceeds the limit"):
        collect(tmp_path / "large.yaml")


def test_a_folder_may_have_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifests, "MAX_FILES", 1)
    put(tmp_path, "a.yaml", pod("a"))
    put(tmp_path, "b.yaml", pod("b"))
    with pytest.raises(LimitExceeded, match="manifests of one folder"):
        collect(tmp_path)
