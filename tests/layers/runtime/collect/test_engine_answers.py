"""Containers whose state may not be read: the engine's own programs are asked, and only then."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from layers.runtime.collect.test_container_documents import CRI, inspection
from ringfence.errors import Unavailable
from ringfence.io.rooted import Rooted
from ringfence.io.world import Target, World
from ringfence.layers.runtime.collect import running_containers
from ringfence.model.finding import Problem
from ringfence.model.knowledge import Known
from ringfence.model.syscall_filter import Passage, passage
from ringfence.model.workload import Workload

DOCKER_STATE, CONTAINERD_TASKS = "/run/docker/runtime-runc/moby", "/run/containerd/io.containerd.runtime.v2.task"


class Closed(Rooted):
    """A host on which two folders may be read by root alone. The tests run as root, whom nothing is closed to."""

    def names(self, path: str) -> tuple[str, ...]:
        if path in (DOCKER_STATE, CONTAINERD_TASKS):
            raise Unavailable("Permission denied", where=path)
        return super().names(path)


class Engines:
    """Answers as the programs do, and keeps what was asked."""

    def __init__(self, answers: dict[str, object]) -> None:
        self.answers, self.asked = answers, list[str]()

    def __call__(self, command: Sequence[str]) -> bytes:
        self.asked.append(" ".join(command))
        answer = self.answers.get(command[0] + " " + command[1])
        if answer is None:
            raise Unavailable("failed with status 1: permission denied", where=command[0])
        return answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()


DOCKER: dict[str, object] = {"docker ps": "ab" * 32 + "\n", "docker version": "29.4.2\n", "docker inspect": [inspection()]}
CRICTL: dict[str, object] = {"crictl ps": "ef" * 32 + "\n", "crictl inspect": CRI}


def collect(root: Rooted, engines: Engines) -> tuple[dict[str, Workload], list[Problem]]:
    problems: list[Problem] = []
    world = World(node="n", today="2026-01-01", host=root, ask=engines, report=problems.append)
    (facts,) = running_containers.collect(Target("host", "/"), world)
    return {item.identity.name: item for item in facts.workloads}, problems


@pytest.fixture
def root(tmp_path: Path) -> str:
    for program in ("docker", "crictl"):
        file = tmp_path / "usr/bin" / program
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return str(tmp_path)


def test_docker_and_cri_tell_what_their_state_does_not(root: str) -> None:
    found, problems = collect(Closed(root), Engines(DOCKER | CRICTL))
    assert found.keys() == {"web", "web-0"}
    assert found["web"].node == "n"
    assert {problem.where for problem in problems} == {DOCKER_STATE, CONTAINERD_TASKS}


def test_the_default_profile_is_that_of_the_engine_that_answers(root: str) -> None:
    found, _ = collect(Closed(root), Engines(DOCKER))
    assert isinstance(found["web"].confinement.syscalls, Known)
    assert passage(found["web"].confinement.syscalls.value, "socket", {0: 38}) is Passage.DENIED


def test_who_may_read_the_state_asks_nobody(root: str) -> None:
    engines = Engines(DOCKER | CRICTL)
    found, problems = collect(Rooted(root), engines)
    assert (found, problems, engines.asked) == ({}, [], [])


def test_an_engine_that_does_not_answer_is_told_beside_the_folder(root: str) -> None:
    found, problems = collect(Closed(root), Engines({}))
    assert not found
    assert {problem.where for problem in problems} == {DOCKER_STATE, CONTAINERD_TASKS, "docker", "crictl"}


def test_without_its_program_no_engine_is_asked(tmp_path: Path) -> None:
    engines = Engines(DOCKER | CRICTL)
    collect(Closed(str(tmp_path)), engines)
    assert engines.asked == []


def test_only_ids_are_asked_about(root: str) -> None:
    engines = Engines(DOCKER | {"docker ps": "--help\n../x\n" + "ab" * 32 + "\n"})
    collect(Closed(root), engines)
    assert [line for line in engines.asked if line.startswith("docker inspect")] == ["docker inspect " + "ab" * 32]
