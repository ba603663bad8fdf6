"""The index is complete, made of literals, and says the same as the modules it names."""

import inspect
from pathlib import Path
from typing import get_type_hints

import pytest

from ringfence.engine import index, storeys
from ringfence.model.finding import FindingKind, Severity
from ringfence.model.outcome import Outcome

SOURCE = Path(index.ROOT)
EVERYTHING = index.read_sources()


@pytest.mark.parametrize("found", EVERYTHING, ids=lambda found: found.module)
def test_a_plugin_is_what_the_index_says(found: index.Plugin) -> None:
    module = found.load()
    declared = getattr(module, found.kind)
    assert declared.slug == found.slug
    assert found.title, "the docstring's first line is the title"
    for name, value in found.fields.items():
        assert getattr(declared, name) == value


def test_slugs_are_unique_within_their_kind() -> None:
    seen: set[tuple[str, str, str]] = set()
    for found in EVERYTHING:
        # Sources and readers of two storeys may have the same name; what users type may not.
        key = (found.kind, found.slug, found.storey if found.kind in ("SOURCE", "ECOSYSTEM") else "")
        assert key not in seen, f"{found.slug} is declared twice"
        seen.add(key)


def test_every_check_file_declares_a_check() -> None:
    files = {path.stem for path in SOURCE.glob("layers/*/checks/*.py") if path.name != "__init__.py"}
    assert files == {found.slug.replace("-", "_") for found in index.plugins("CHECK")}


STOREYS = sorted(path.parent.name for path in SOURCE.glob("layers/*/facts.py"))


@pytest.mark.parametrize("storey", STOREYS)
def test_every_storey_has_at_least_six_checks_and_a_source(storey: str) -> None:
    assert len(index.plugins("CHECK", storey)) >= 6
    assert index.plugins("SOURCE", storey)


@pytest.mark.parametrize("check", storeys.checks(), ids=lambda check: check.plugin.slug)
def test_a_check_is_a_pure_looking_function(check: storeys.LoadedCheck) -> None:
    hints = get_type_hints(check.ask)
    assert hints.pop("return") == Outcome
    assert list(hints.values()) == [check.subject], "one typed parameter"
    assert len(inspect.signature(check.ask).parameters) == 1
    Severity(str(check.plugin.fields["severity"]))
    FindingKind(str(check.plugin.fields["kind"]))
    assert check.plugin.fields["references"], "say where the fault is described"
    assert str(check.plugin.fields["remedy"]).strip()


def test_the_index_survives_being_written() -> None:
    again = index.decode(index.encode(EVERYTHING))
    assert [item.module for item in again] == [item.module for item in EVERYTHING]


def test_an_index_that_names_foreign_code_is_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        index.decode('[["CHECK", "x", "os.path", "", "", {}]]')


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('"""T."""\nNAME = "x"\nCHECK = Check(slug=NAME)\n', "literal"),
        ('"""T."""\nCHECK = Check(slug="other-name")\n', "name of its file"),
    ],
)
def test_a_bad_declaration_is_named(tmp_path: Path, text: str, fault: str) -> None:
    folder = tmp_path / "layers" / "image" / "checks"
    folder.mkdir(parents=True)
    (folder / "some_fault.py").write_text(text)
    with pytest.raises(index.BadDeclaration, match=fault):
        index.read_sources(str(tmp_path))
