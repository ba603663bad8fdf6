"""Published source trees against the published records: what is found is what a plain reading of both gives, and no more.

The oracle here reads pins with a regular expression and lock files with `tomllib`, and evaluates OSV's records by the letter
of the schema ("Evaluation"), in order of `packaging` and of plain numbers. It shares no code with what it judges.
"""

import ast
import json
import os
import re
import shutil
import tomllib
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from ringfence.advisories.feeds import osv
from ringfence.advisories.update import Source, Update
from ringfence.cli.main import main
from ringfence.io.bucket import open_bucket
from worlds.published import module, sdist, tarball, trees

DATA = Path(os.environ.get("RINGFENCE_TEST_DATA", "/nonexistent")) / "advisories" / "osv"
pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(not DATA.is_dir(), reason="RINGFENCE_TEST_DATA names no folder with advisories/osv"),
]
TREES = trees(Path(__file__).with_name("application_trees.json"))
OLD = [
    item
    for item in TREES
    if item["version"][0] in "0123" and not any(item["version"] == other.get("later") for other in TREES)
]
LEAST = 60
"""Vulnerabilities that the old trees together must have."""

Hole = tuple[str, str, str]
"""Package, version, id of a record."""


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("trees") / "db")
    Update(path, "2026-11-24T00:00:00Z").run([Source(osv, open_bucket(str(DATA)), ("PyPI", "Go", "crates.io"))])
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("published")


def tree(item: dict[str, str], home: Path) -> Path:
    where = home / f"{item['name']}-{item['version']}"
    return where if where.exists() else sdist(item["name"], item["version"], item["sha256"], home)


def report(path: Path, db: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["app", str(path), "--db", db, "--db-max-age", "0", "--format", "json", "-q"]) in (0, 3)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def holes(found: dict[str, Any]) -> set[Hole]:
    return {
        (item["package"]["name"], item["package"]["version"], name)
        for item in found["findings"]
        if item["package"] and not item["suppressed"]
        for name in (item["rule"], *item["aliases"])
    }


@cache
def records(ecosystem: str) -> dict[str, list[dict[str, Any]]]:
    """The live records by package."""
    found: dict[str, list[dict[str, Any]]] = {}
    with zipfile.ZipFile(DATA / ecosystem / "all.zip") as archive:
        for name in archive.namelist():
            if name.endswith(".json"):
                record = json.loads(archive.read(name))
                for entry in record.get("affected", ()) if not record.get("withdrawn") else ():
                    key = normal(entry["package"]["name"])
                    found.setdefault(key, []).append({"id": record["id"], "entry": entry})
    return found


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def key(ecosystem: str, version: str) -> Any:  # noqa: ANN401 - either order's own
    if ecosystem == "PyPI":
        return Version(version)
    numbers, _, before = version.partition("+")[0].partition("-")
    return (*(int(part) for part in [*numbers.split("."), "0", "0"][:3]), not before, before)


def affected(ecosystem: str, version: str, entry: dict[str, Any]) -> bool:
    if version in entry.get("versions", ()):
        return True
    here = key(ecosystem, version)
    for bounds in entry.get("ranges", ()):
        if bounds["type"] == "GIT":
            continue
        inside = False
        events = [(name, "0.0.0" if value == "0" else value) for event in bounds["events"] for name, value in event.items()]
        for name, value in sorted(events, key=lambda event: key(ecosystem, event[1])):
            if name == "introduced" and here >= key(ecosystem, value):
                inside = True
            elif (name == "fixed" and here >= key(ecosystem, value)) or (
                name == "last_affected" and here > key(ecosystem, value)
            ):
                inside = False
        if inside:
            return True
    return False


def pins(root: Path) -> Iterator[tuple[str, str, str]]:
    """Ecosystem, name and version of what the tree pins, read plainly."""
    for path in sorted(root.rglob("*")):
        if path.name == "Cargo.lock":
            for item in tomllib.loads(path.read_text())["package"]:
                if "source" in item:
                    yield "crates.io", item["name"], item["version"]
        elif re.fullmatch(r"(requirements.*|.*requirements)\.txt", path.name) or path.parent.name == "requirements":
            for line in path.read_text("utf-8", "replace").splitlines() if path.is_file() else ():
                seen = re.match(r"([A-Za-z0-9._-]+)\s*(?:\[[^\]]*\])?\s*={2,3}\s*([^\s;,#*]+)(?=[\s;,#]|$)", line)
                if seen:
                    yield "PyPI", normal(seen[1]), seen[2]


def expected(root: Path) -> set[Hole]:
    return {
        (name, version, record["id"])
        for ecosystem, name, version in pins(root)
        for record in records(ecosystem).get(normal(name), ())
        if record["entry"]["package"]["name"] == name or ecosystem == "PyPI"
        if affected(ecosystem, version, record["entry"])
    }


def told(item: dict[str, str]) -> str:
    return f"{item['name']}-{item['version']}"


@pytest.mark.parametrize("item", TREES, ids=told)
def test_what_is_found_is_what_the_records_say(
    item: dict[str, str], db: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree(item, home)
    wanted = expected(root)
    found = report(root, db, capsys)
    missing = wanted - holes(found)
    assert not missing
    for finding in found["findings"]:
        if finding["package"] and finding["package"]["purl"].startswith(("pkg:pypi", "pkg:cargo")):
            ids = {finding["rule"], *finding["aliases"]}
            package = (finding["package"]["name"], finding["package"]["version"])
            assert any((*package, id_) in wanted for id_ in ids), f"{package} {ids} is no hole by the records"


def test_the_old_trees_together_have_many_holes(db: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cves = set()
    for item in TREES:
        if "later" in item:
            found = report(tree(item, home), db, capsys)
            cves |= {name for _, _, name in holes(found) if name.startswith("CVE-")}
    assert len(cves) >= LEAST
    print(f"\n{len(cves)} CVEs in the old trees: {', '.join(sorted(cves)[:8])}, ...")  # noqa: T201 - the figure is what is shown


@pytest.mark.parametrize("item", [item for item in TREES if "later" in item], ids=told)
def test_a_later_release_has_none_of_what_it_mended(
    item: dict[str, str], db: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    later = next(one for one in TREES if (one["name"], one["version"]) == (item["name"], item["later"]))
    before, root = expected(tree(item, home)), tree(later, home)
    mended = {(name, id_) for name, _, id_ in before} - {(name, id_) for name, _, id_ in expected(root)}
    assert mended
    assert not mended & {(name, id_) for name, _, id_ in holes(report(root, db, capsys))}


@pytest.mark.parametrize("item", [item for item in TREES if item["name"] in {"gns3-server", "kinto", "esphome"}], ids=told)
def test_what_fix_writes_rids_the_tree_of_all_that_can_be_mended(
    item: dict[str, str], db: str, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "tree"
    shutil.copytree(tree(item, home), root)
    before = report(root, db, capsys)
    upgrades = {one["package"]["name"]: one["package"]["upgrade"] for one in before["findings"] if one["package"]}
    assert main(["app", "fix", str(root), "--db", db, "--apply", "-q"]) in (0, 3)
    after = report(root, db, capsys)
    for one in after["findings"]:
        if one["package"] and upgrades.get(one["package"]["name"]):
            assert one["package"]["version"] == upgrades[one["package"]["name"]]
            assert not one["package"]["fixed_version"], "what has a fix is fixed"


MODULES = {
    "pyyaml": "yaml",
    "beautifulsoup4": "bs4",
    "python-dateutil": "dateutil",
    "pillow": "PIL",
    "pyjwt": "jwt",
    "protobuf": "google.protobuf",
}


@pytest.mark.parametrize("name", ["gns3-server", "ckan", "esphome"])
def test_what_python_code_imports(name: str, db: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Against a syntax tree of every file, with nothing filtered before."""
    root = tree(next(item for item in TREES if item["name"] == name), home)
    imported: set[str] = set()
    for path in root.rglob("*.py"):
        try:
            body = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(body):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported.add(node.module)
    answers = {True: 0, False: 0}
    for finding in report(root, db, capsys)["findings"]:
        if not finding["package"] or not finding["package"]["purl"].startswith("pkg:pypi"):
            continue
        package, seen = finding["package"]["name"], " ".join(finding["evidence"]["seen"])
        module = MODULES.get(package, package.replace("-", "_"))
        if "is not known" in seen:
            continue
        here = "the code imports it" in seen
        assert here == any(name == module or name.startswith(f"{module}.") for name in imported), (package, seen)
        answers[here] += 1
    assert answers[True]
    print(f"\n{name}: {answers[True]} findings in imported packages, {answers[False]} in others")  # noqa: T201 - as above


def test_an_npm_tree_is_read_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tarball(
        "netlify-cli",
        "6.0.0",
        "sha512-V7ZL9ygbP3CwH7znINn5yy0YQ8Zk0z4n++tZdUTWjgG6aKIPCegq8OD0pwX7yH6ZqdAeE/uxHrM/85rhvJ9HhQ==",
        tmp_path,
    )
    lock = json.loads((root / "npm-shrinkwrap.json").read_text())
    assert main(["app", str(root / "npm-shrinkwrap.json"), "--db", "/nonexistent", "--format", "json", "-q"]) == 3
    found = json.loads(capsys.readouterr().out)
    entries = lock.get("packages")
    wanted = {
        (key.rpartition("node_modules/")[2], item["version"]) for key, item in entries.items() if "node_modules/" in key
    }
    assert {(item["name"], item["version"]) for item in found["packages"]} == wanted
    direct = {item["name"] for item in found["packages"] if item["direct"]}
    assert direct == set(entries[""]["dependencies"]) | set(entries[""].get("devDependencies", {}))
    assert main(["app", "why", "minimist", str(root), "-q"]) == 0
    assert "netlify-cli > " in capsys.readouterr().out


def test_a_go_module_and_what_its_code_imports(db: str, capsys: pytest.CaptureFixture[str]) -> None:
    root = module("github.com/caddyserver/caddy/v2", "v2.4.0", "h1:yHnnbawH2G3ZBP2mAJF4XBLnJanqhULLP/wu01Qi9Io=")
    pinned = re.findall(r"^\s*(?:require )?([\w./-]+\.[\w./-]+) (v\S+)", (root / "go.mod").read_text(), re.MULTILINE)
    wanted = {
        (name, version, record["id"])
        for name, version in pinned
        for record in records("Go").get(normal(name), ())
        if record["entry"]["package"]["name"] == name and affected("Go", version.removeprefix("v"), record["entry"])
    }
    found = report(root, db, capsys)
    assert wanted
    assert not wanted - holes(found)
    imported = set()
    for path in root.rglob("*.go"):
        if not path.name.endswith("_test.go"):
            head = re.split(r"^(?:func|type|var|const)\b", path.read_text(), maxsplit=1, flags=re.MULTILINE)[0]
            imported |= set(re.findall(r'"([\w./-]+)"', head))
    faulty = {
        (name, record["id"]): {
            item["path"] for item in (record["entry"].get("ecosystem_specific") or {}).get("imports") or ()
        }
        for name in ("stdlib", *(name for name, _ in pinned))
        for record in records("Go").get(normal(name), ())
    }
    answers = {True: 0, False: 0}
    for finding in found["findings"]:
        if not finding["package"]:
            continue
        name = finding["package"]["name"]
        packages = {path for id_ in (finding["rule"], *finding["aliases"]) for path in faulty.get((name, id_), ())}
        seen = " ".join(finding["evidence"]["seen"])
        if packages and all(path == name or path.startswith(f"{name}/") or name == "stdlib" for path in packages):
            here = "the code imports it" in seen
            assert here == bool(packages & imported), (finding["rule"], packages, seen)
            answers[here] += 1
    assert answers[True]
    assert answers[False]
    print(f"\ncaddy: the fault of {answers[True]} findings is in packages it imports, of {answers[False]} in others")  # noqa: T201 - as above
