"""What is generated is committed as generated: after a change, run `make gen`."""

import importlib.util
from pathlib import Path

HOUSE = Path(__file__).parents[2]


def test_pages_and_schema_are_those_that_make_gen_writes() -> None:
    spec = importlib.util.spec_from_file_location("generate", HOUSE / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.generate(HOUSE)
    stale = [str(path) for path, data in made.items() if not path.exists() or path.read_bytes() != data]
    assert not stale, "run 'make gen'"
    assert {path.name for path in (HOUSE / "docs" / "checks").glob("*.md")} == {
        path.name for path in made if path.parent.name == "checks"
    }
