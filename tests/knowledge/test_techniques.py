"""Escapes and powers: every entry has its form, its source, and can be asked about."""

import re
from importlib.resources import files

import pytest

from ringfence.graph.preconditions import evaluate
from ringfence.graph.subject import Subject
from ringfence.knowledge.escapes import escapes
from ringfence.knowledge.powers import powers
from ringfence.model.confinement import Confinement
from ringfence.model.technique import Escape, Power

ATTACK = re.compile(r"T\d{4}(\.\d{3})?")
GAINS = {"node", "host-file-read", "host-file-write", "host-network"}
SLUG = re.compile(r"[a-z]+(-[a-z]+)*")


@pytest.mark.parametrize("entry", [*escapes(), *powers()], ids=lambda entry: entry.technique.slug)
def test_an_entry_says_what_it_is_and_where_that_is_from(entry: Escape | Power) -> None:
    technique = entry.technique
    assert SLUG.fullmatch(technique.slug)
    assert technique.title[0].isupper()
    assert not technique.title.endswith(".")
    assert technique.sources
    assert all(source.startswith("https://") for source in technique.sources)
    assert technique.attack
    assert all(ATTACK.fullmatch(item) for item in technique.attack)
    assert 0 < technique.likelihood <= 1
    assert technique.effort > 0


@pytest.mark.parametrize("folder", ["escapes", "powers"])
def test_a_file_bears_the_name_of_what_is_in_it(folder: str) -> None:
    found = escapes() if folder == "escapes" else powers()
    names = {item.name for item in (files("ringfence") / "knowledge" / folder).iterdir() if item.name.endswith(".json")}
    assert names == {f"{item.technique.slug}.json" for item in found}


@pytest.mark.parametrize("escape", escapes(), ids=lambda item: item.technique.slug)
def test_an_escape_of_which_nothing_is_known_is_neither_open_nor_closed(escape: Escape) -> None:
    assert escape.gain in GAINS
    assert escape.power in {"", *(power.technique.slug for power in powers())}
    nothing = Subject(Confinement(), None)
    for way in escape.ways:
        assert way.preconditions
        assert {evaluate(item, nothing).met for item in way.preconditions} == {None}


@pytest.mark.parametrize("power", powers(), ids=lambda item: item.technique.slug)
def test_a_power_asks_for_something(power: Power) -> None:
    assert power.needs
    assert power.reaches
    for ask in power.needs:
        assert ask.verbs
        assert ask.resources
