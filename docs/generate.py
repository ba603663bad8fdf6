"""Writes what is generated, for `make gen`: pages of checks, their index, computed pages, the report's schema, the chart."""

import sys
from pathlib import Path

from ringfence.engine.index import Plugin, documentation, plugins
from ringfence.report.schema import document

HOUSE = Path(__file__).parents[1]
sys.path.insert(0, str(HOUSE))  # the pages' own folder is no installed package

from docs.computed import cis_docker, copy_fail, helm_chart, interfaces, kernelctf, stack_cve_list  # noqa: E402 - see above

LAYERS = ("kernel", "runtime", "image", "kubernetes", "application")


def page(check: Plugin) -> str:
    """The page of one check: its docstring, its declaration."""
    references = check.fields["references"]
    listed = "\n".join(f"- <{item}>" for item in references) if isinstance(references, (list, tuple)) else ""
    aliases = check.fields.get("aliases", ())
    others = ", ".join(map(str, aliases)) if isinstance(aliases, (list, tuple)) else ""
    also = f"\n\nAlso known as: {others}." if others else ""
    title, _, body = documentation(check).partition("\n")
    return (
        f"# {check.slug}\n\n**{title}** Layer: {check.storey}. Severity: {check.fields['severity']}. "
        f"Kind: {check.fields['kind']}.{also}\n\n{body.strip()}\n\n## Remedy\n\n{check.fields['remedy']}\n\n"
        f"## References\n\n{listed}\n"
    )


def contents() -> str:
    """The table of all checks."""
    lines = ["# Checks", "", "Generated from the checks' docstrings by `make gen`."]
    for layer in LAYERS:
        lines += ["", f"## {layer}", "", "| check | severity | fault |", "| --- | --- | --- |"]
        lines += [
            f"| [{item.slug}]({item.slug}.md) | {item.fields['severity']} | {item.title} |"
            for item in sorted(plugins("CHECK", layer), key=lambda item: item.slug)
        ]
    return "\n".join(lines) + "\n"


def generate(house: Path) -> dict[Path, bytes]:
    """Every generated file by its path under `house`, with its bytes."""
    pages = house / "docs" / "checks"
    made = {pages / f"{item.slug}.md": page(item).encode() for item in plugins("CHECK")}
    made[pages / "README.md"] = contents().encode()
    made[house / "src" / "ringfence" / "report" / "report.schema.json"] = document()
    for computed in (cis_docker, copy_fail, interfaces, kernelctf, stack_cve_list):
        made[house / "docs" / computed.PAGE] = computed.page()
    made |= {house / path: data for path, data in helm_chart.files().items()}
    return made


def main() -> None:
    """Writes all files, and removes pages of checks that are gone."""
    made = generate(HOUSE)
    (HOUSE / "docs" / "checks").mkdir(exist_ok=True)
    for path in (HOUSE / "docs" / "checks").glob("*.md"):
        if path not in made:
            path.unlink()
    for path, data in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    sys.stdout.write(f"wrote {len(made)} files\n")


if __name__ == "__main__":
    main()
