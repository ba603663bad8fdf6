"""What an image was built on: told by its label, the digests of its layers, its history, or not at all."""

from collections.abc import Sequence

import pytest

from ringfence.formats.oci_image import Configuration, HistoryLine, RunConfig
from ringfence.knowledge import bases as table
from ringfence.layers.image.collect.reading import bases
from ringfence.layers.image.facts import Base
from ringfence.model.knowledge import Known, Unknown

DEBIAN = next(base for base in table.table().known if base.name == "debian:12-slim")
PYTHON = next(base for base in table.table().known if base.name == "python:3.13-slim-bookworm")
OTHER = "sha256:" + "0" * 64


def configuration(*history: str, command: tuple[str, ...] = (), labels: dict[str, str] | None = None) -> Configuration:
    lines = tuple(
        HistoryLine(created_by=line.removeprefix("-"), created="2026-01-02T03:04:05Z", empty_layer=line.startswith("-"))
        for line in history
    )
    return Configuration(config=RunConfig(cmd=command, labels=labels), history=lines)


def base(found: Configuration, stored: Sequence[str]) -> Base:
    told = bases.base_of(found, stored)
    assert isinstance(told, Known)
    return told.value


def test_layers_that_are_known_tell_the_base_whatever_the_history_says() -> None:
    found = base(configuration("one", "two"), (*DEBIAN.layers, OTHER))
    assert (found.name, found.layers, found.pull_size, found.made) == ("debian:12-slim", 1, DEBIAN.size, DEBIAN.made)
    assert found.told_by == "the digests of its layers"


def test_of_several_known_bases_the_one_with_most_layers_is_meant() -> None:
    assert PYTHON.layers[0] == DEBIAN.layers[0]
    assert base(configuration(), (*PYTHON.layers, OTHER)).name == PYTHON.name
    assert base(configuration(), (*PYTHON.layers[:2], OTHER)).name == "debian:12-slim"


def test_the_label_tells_the_name_and_the_history_how_many_layers() -> None:
    found = base(
        configuration("ADD x", '-CMD ["sh"]', "COPY y", labels={bases.NAME: "docker.io/library/x:1", bases.DIGEST: OTHER}),
        (OTHER, OTHER),
    )
    assert (found.layers, found.name, found.digest, found.made) == (1, "docker.io/library/x:1", OTHER, "2026-01-02")


def test_what_nothing_tells_is_not_known() -> None:
    told = bases.base_of(configuration("one", "two"), (OTHER, OTHER))
    assert isinstance(told, Unknown)


def test_an_image_of_one_layer_is_built_on_nothing() -> None:
    assert base(configuration("one"), (OTHER,)).layers == 0


@pytest.mark.parametrize(
    ("command", "runs"),
    [
        (("/usr/bin/python3.11", "app.py"), "python"),
        (("node", "server.js"), "node"),
        (("/opt/java/bin/java", "-jar", "x.jar"), "java"),
        (("/bin/sh", "-c", "exec x"), "shell"),
        (("/start.sh",), "shell"),
        ((), "shell"),
        (("/app/server",), "program"),
    ],
)
def test_the_command_tells_what_the_image_runs(command: tuple[str, ...], runs: str) -> None:
    assert table.runs(command) == runs
    smaller = base(configuration(command=command), (*DEBIAN.layers, OTHER)).smaller
    assert smaller
    assert all(item.size is None or item.size < DEBIAN.size for item in smaller), "none is larger than what is there"


def test_the_table_is_well_formed() -> None:
    found = table.table()
    kinds = {item.runs for item in found.interpreters} | {"program"}
    assert {item.runs for item in found.smaller} == kinds
    for entry in found.known:
        assert entry.size > 0
        assert len(set(entry.layers)) == len(entry.layers)
        assert all(layer.startswith("sha256:") and len(layer) == 71 for layer in entry.layers)
    sources = [item.source for item in found.known] + [item.source for item in found.smaller]
    assert all([*sources, *(item.source for item in found.interpreters)])
