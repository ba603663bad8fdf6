"""Source trees made here: each folder's lock files, what is passed over, and what is said to be missing."""

import json
import os
from pathlib import Path

import pytest

from ringfence.engine import storeys
from ringfence.errors import UnreadableInput
from ringfence.io.world import Target, World
from ringfence.layers.application.collect import source_tree
from ringfence.layers.application.facts import Facts
from ringfence.model.finding import Problem
from ringfence.model.knowledge import Known, Unknown

POETRY = '[[package]]\nname = "flask"\nversion = "2.0.1"\nfiles = []\n'
UV = 'version = 1\n[[package]]\nname = "flask"\nversion = "2.0.1"\nsource = { registry = "https://pypi.org/simple" }\n'
NPM = json.dumps({"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0"}}})
GO = "module m\ngo 1.20\nrequire golang.org/x/net v0.10.0\n"


def put(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def collect(path: Path | str) -> tuple[list[Facts], list[Problem]]:
    problems: list[Problem] = []
    world = World(node="n", today="2026-01-01", readers=storeys.readers(), report=problems.append)
    return list(source_tree.collect(Target("tree", str(path)), world)), problems


def purls(found: list[Facts]) -> list[str]:
    return [package.purl for facts in found for package in facts.packages]


def test_every_kind_of_lock_file(tmp_path: Path) -> None:
    put(tmp_path, "requirements.txt", "flask==2.0.1\nrequests>=2\n")
    put(tmp_path, "a/poetry.lock", POETRY)
    put(tmp_path, "b/uv.lock", UV)
    put(tmp_path, "c/package-lock.json", NPM)
    put(tmp_path, "d/go.mod", GO)
    found, problems = collect(tmp_path)
    assert problems == []
    assert [facts.folder for facts in found] == ["", "a", "b", "c", "d"]
    assert purls(found) == [
        "pkg:pypi/flask@2.0.1",
        "pkg:pypi/flask@2.0.1",
        "pkg:pypi/flask@2.0.1",
        "pkg:npm/a@1.0.0",
        "pkg:golang/golang.org/x/net@v0.10.0",
        "pkg:golang/stdlib@1.20.0",
    ]


def test_what_was_installed_or_built_is_not_read(tmp_path: Path) -> None:
    put(tmp_path, "requirements.txt", "flask==2.0.1\n")
    for folder in source_tree.SKIPPED:
        put(tmp_path, f"{folder}/package-lock.json", NPM)
    found, problems = collect(tmp_path)
    assert (purls(found), problems) == (["pkg:pypi/flask@2.0.1"], [])


def test_links_are_not_followed_and_pipes_not_opened(tmp_path: Path) -> None:
    put(tmp_path, "outside/requirements.txt", "no==1\n")
    put(tmp_path, "in/requirements.txt", "flask==2.0.1\n")
    (tmp_path / "in/more").symlink_to("../outside")
    (tmp_path / "in/round").symlink_to(".")
    (tmp_path / "in/dev-requirements.txt").symlink_to("dev-requirements.txt")
    os.mkfifo(tmp_path / "in/poetry.lock")
    found, _ = collect(tmp_path / "in")
    assert purls(found) == ["pkg:pypi/flask@2.0.1"]


def test_includes_are_followed_inside_the_tree_only(tmp_path: Path) -> None:
    put(tmp_path, "app/requirements.txt", "-r deps/base.in\n-r ../outside.txt\n-r ../../gone.txt\n-r requirements.txt\n")
    put(tmp_path, "app/deps/base.in", "flask==2.0.1\n-r more.in\n")
    put(tmp_path, "app/deps/more.in", "urllib3==2.2.1\n-r base.in\n")
    put(tmp_path, "outside.txt", "no==1\n")
    found, problems = collect(tmp_path / "app")
    assert sorted(purls(found)) == ["pkg:pypi/flask@2.0.1", "pkg:pypi/urllib3@2.2.1"]
    assert sorted(item.why.split(",")[0] for item in problems) == ["includes ../../gone.txt", "includes ../outside.txt"]


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    put(tmp_path, "poetry.lock", "[[")
    put(tmp_path, "yarn.lock", "x")
    put(tmp_path, "bun.lockb", "x")
    put(tmp_path, "requirements.txt", "flask==2.0.1\n===\n")
    put(tmp_path, "pyproject.toml", "[project")
    found, problems = collect(tmp_path)
    assert purls(found) == ["pkg:pypi/flask@2.0.1"]
    assert sorted(item.where.rpartition("/")[2] for item in problems) == [
        "bun.lockb",
        "poetry.lock",
        "pyproject.toml",
        "requirements.txt:2",
        "yarn.lock",
    ]
    (declaration,) = found[0].declarations
    assert isinstance(declaration.declares, Unknown)


def test_declarations_know_the_locks_beside_and_above_them(tmp_path: Path) -> None:
    put(tmp_path, "uv.lock", UV)
    put(tmp_path, "member/pyproject.toml", '[project]\nname = "m"\ndependencies = ["flask"]\n')
    put(tmp_path, "web/package.json", '{"dependencies": {"a": "1"}}')
    found, problems = collect(tmp_path)
    declared = {item.path: (item.declares, item.locks) for facts in found for item in facts.declarations}
    assert declared == {
        "member/pyproject.toml": (Known(1), ("uv.lock",)),
        "web/package.json": (Known(1), ()),
    }
    assert problems == []


def test_one_named_lock_file(tmp_path: Path) -> None:
    put(tmp_path, "poetry.lock", POETRY)
    found, _ = collect(tmp_path / "poetry.lock")
    assert purls(found) == ["pkg:pypi/flask@2.0.1"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [("poetry.lock", "[[", "poetry.lock"), ("go.mod", "require a", "line 1"), ("notes.md", "x", "no lock file")],
)
def test_a_named_file_must_be_a_lock_file(tmp_path: Path, name: str, text: str, said: str) -> None:
    put(tmp_path, name, text)
    with pytest.raises(UnreadableInput, match=said):
        collect(tmp_path / name)


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="is not there"):
        collect(tmp_path / "gone")


def test_who_brings_in_whom(tmp_path: Path) -> None:
    lock = {
        "lockfileVersion": 3,
        "packages": {
            "": {"name": "m", "dependencies": {"a": "^1"}, "devDependencies": {"d": "^4"}},
            "node_modules/a": {"version": "1.0.0", "dependencies": {"b": "^2"}},
            "node_modules/a/node_modules/b": {"version": "2.0.0", "dependencies": {"a": "^1"}},
            "node_modules/b": {"version": "3.0.0"},
            "node_modules/d": {"version": "4.0.0", "dependencies": {"b": "^3"}},
        },
    }
    put(tmp_path, "package-lock.json", json.dumps(lock))
    found, _ = collect(tmp_path)
    assert [(item.name, item.version, item.direct, item.through, item.dev) for item in found[0].packages] == [
        ("a", "1.0.0", True, (), False),
        ("b", "2.0.0", False, ("a 1.0.0",), False),
        ("b", "3.0.0", False, ("d 4.0.0",), True),
        ("d", "4.0.0", True, (), True),
    ]


def test_a_lock_without_wishes_takes_them_from_the_manifest_beside_it(tmp_path: Path) -> None:
    put(tmp_path, "package.json", '{"name": "m", "dependencies": {"a": "^1"}, "devDependencies": {"c": "^3"}}')
    put(
        tmp_path,
        "yarn.lock",
        'a@^1:\n  version "1.0.0"\n  dependencies:\n    b "^2"\n\nb@^2:\n  version "2.0.0"\n\nc@^3:\n  version "3.0.0"\n',
    )
    put(tmp_path, "py/pyproject.toml", '[project]\nname = "p"\ndependencies = ["Flask>=2"]\n')
    put(tmp_path, "py/poetry.lock", POETRY)
    found, problems = collect(tmp_path)
    told = [(item.name, item.direct, item.through, item.dev) for facts in found for item in facts.packages]
    assert told == [
        ("a", True, (), False),
        ("b", False, ("a 1.0.0",), False),
        ("c", True, (), True),
        ("flask", True, (), False),
    ]
    assert found[0].declarations[0].held == (("a", "1.0.0"), ("c", "3.0.0"))
    assert problems == []


def test_what_is_installed_speaks_where_no_lock_does(tmp_path: Path) -> None:
    site = "app/.venv/lib/python3.11/site-packages"
    put(tmp_path, f"{site}/Flask-2.0.1.dist-info/METADATA", "Name: Flask\nVersion: 2.0.1\nRequires-Dist: Jinja2>=3\n")
    put(tmp_path, f"{site}/jinja2-3.0.0.dist-info/METADATA", "Name: jinja2\nVersion: 3.0.0\n")
    put(tmp_path, "web/node_modules/@s/a/package.json", '{"name": "@s/a", "version": "1.0.0"}')
    put(tmp_path, "web/node_modules/@s/a/node_modules/b/package.json", '{"name": "b", "version": "2.0.0"}')
    put(tmp_path, "new/node_modules/.package-lock.json", NPM)
    (tmp_path / "web/node_modules/round").symlink_to(".")
    found, problems = collect(tmp_path)
    assert purls(found) == [
        "pkg:pypi/flask@2.0.1",
        "pkg:pypi/jinja2@3.0.0",
        "pkg:npm/a@1.0.0",
        "pkg:npm/%40s/a@1.0.0",
        "pkg:npm/b@2.0.0",
    ]
    assert purls(collect(tmp_path / "app/.venv")[0]) == purls(found)[:2]
    put(tmp_path, "app/uv.lock", UV)
    assert purls(collect(tmp_path / "app")[0]) == ["pkg:pypi/flask@2.0.1"]
    assert problems == []


POM = """<project><parent><groupId>g</groupId><artifactId>parent</artifactId><version>1</version>
<relativePath>{parent}</relativePath></parent><artifactId>m</artifactId><dependencies>
<dependency><groupId>g</groupId><artifactId>a</artifactId><version>${{a.version}}</version></dependency>
<dependency><groupId>g</groupId><artifactId>b</artifactId></dependency>
<dependency><groupId>g</groupId><artifactId>c</artifactId><version>3</version><scope>test</scope></dependency>
</dependencies></project>"""
PARENT = """<project><groupId>g</groupId><artifactId>parent</artifactId><version>1</version>
<properties><a.version>1.0</a.version></properties><dependencyManagement><dependencies>
<dependency><groupId>g</groupId><artifactId>b</artifactId><version>2.0</version></dependency>
</dependencies></dependencyManagement></project>"""


def test_a_pom_takes_versions_from_its_parent(tmp_path: Path) -> None:
    put(tmp_path, "pom.xml", PARENT)
    put(tmp_path, "m/pom.xml", POM.format(parent="../pom.xml"))
    found, problems = collect(tmp_path)
    assert purls(found) == ["pkg:maven/g/a@1.0", "pkg:maven/g/b@2.0", "pkg:maven/g/c@3"]
    assert [item.dev for facts in found for item in facts.packages] == [False, False, True]
    assert problems == []


def test_a_pom_whose_parent_is_elsewhere_or_itself(tmp_path: Path) -> None:
    put(tmp_path, "m/pom.xml", POM.format(parent="../../../etc/pom.xml"))
    put(tmp_path, "round/pom.xml", POM.format(parent="pom.xml").replace("<artifactId>parent", "<artifactId>m"))
    found, problems = collect(tmp_path)
    assert purls(found) == ["pkg:maven/g/c@3", "pkg:maven/g/c@3"]
    assert sorted(item.where.rpartition(":")[0].removeprefix(str(tmp_path)) for item in problems) == [
        "/m/pom.xml",
        "/round/pom.xml",
    ]
    assert any("g:parent:1 is not in the tree" in item.why for item in problems)


def test_central_versions_of_dotnet(tmp_path: Path) -> None:
    put(
        tmp_path,
        "Directory.Packages.props",
        '<Project><ItemGroup><PackageVersion Include="A" Version="1.0" /></ItemGroup></Project>',
    )
    put(tmp_path, "x/x.csproj", '<Project><ItemGroup><PackageReference Include="a" /></ItemGroup></Project>')
    found, problems = collect(tmp_path)
    assert (purls(found), problems) == (["pkg:nuget/a@1.0"], [])


def test_go_locks_and_copies(tmp_path: Path) -> None:
    put(tmp_path, "go.mod", GO)
    put(tmp_path, "go.sum", "golang.org/x/net v0.10.0 h1:x=\n")
    put(tmp_path, "vendor/modules.txt", "# golang.org/x/net v0.10.0\n## explicit\ngolang.org/x/net/html\n")
    put(tmp_path, "copy/vendor/modules.txt", "# golang.org/x/net v0.9.0\ngolang.org/x/net/html\n")
    found, problems = collect(tmp_path)
    assert purls(found) == [
        "pkg:golang/golang.org/x/net@v0.10.0",
        "pkg:golang/stdlib@1.20.0",
        "pkg:golang/golang.org/x/net@v0.9.0",
    ]
    (declaration,) = found[0].declarations
    assert (declaration.locks, declaration.held) == (("go.sum",), (("golang.org/x/net", "v0.10.0"),))
    assert problems == []


def test_hostile_file_names_and_endless_includes(tmp_path: Path) -> None:
    put(tmp_path, "a\x1b[31m/requirements.txt", "flask==2.0.1\n")
    put(tmp_path, "r/requirements.txt", "-r a.txt\n")
    put(tmp_path, "r/a.txt", "-r requirements.txt\n-r a.txt\n-c a.txt\nx==1\n")
    found, problems = collect(tmp_path)
    assert sorted(purls(found)) == ["pkg:pypi/flask@2.0.1", "pkg:pypi/x@1"]
    assert problems == []


def test_what_pip_compile_says_of_who_asks(tmp_path: Path) -> None:
    put(
        tmp_path,
        "requirements.txt",
        "flask==2.0.1 \\\n    --hash=sha256:00\n    # via -r requirements.in\njinja2==3.0.1\n    # via\n    #   flask\n"
        "markupsafe==2.0.1  # via jinja2\nodd==1\n",
    )
    found, problems = collect(tmp_path)
    assert [(item.name, item.direct, item.through) for item in found[0].packages] == [
        ("flask", True, ()),
        ("jinja2", False, ("flask 2.0.1",)),
        ("markupsafe", False, ("flask 2.0.1", "jinja2 3.0.1")),
        ("odd", None, ()),
    ]
    assert problems == []


def test_constraints_pin_what_is_left_open(tmp_path: Path) -> None:
    put(tmp_path, "requirements.txt", "flask\njinja2==3.0.0\n-c pins/constraints.txt\n-c gone.txt\n")
    put(tmp_path, "pins/constraints.txt", "flask==2.0.1\njinja2==2.0\nnot-wanted==1\n")
    found, problems = collect(tmp_path)
    assert purls(found) == ["pkg:pypi/jinja2@3.0.0", "pkg:pypi/flask@2.0.1"]
    assert str(found[0].packages[1].locations[0]) == "pins/constraints.txt:1"
    assert ["gone.txt" in item.why for item in problems] == [True]


def test_what_development_asks_for_itself_is_direct_though_others_ship_it(tmp_path: Path) -> None:
    lock = {
        "lockfileVersion": 3,
        "packages": {
            "": {"name": "m", "dependencies": {"a": "^1"}, "devDependencies": {"b": "^2"}},
            "node_modules/a": {"version": "1.0.0", "dependencies": {"b": "^2"}},
            "node_modules/b": {"version": "2.0.0"},
        },
    }
    put(tmp_path, "package-lock.json", json.dumps(lock))
    found, _ = collect(tmp_path)
    assert [(item.name, item.direct, item.dev) for item in found[0].packages] == [("a", True, False), ("b", True, False)]


def test_a_lock_is_for_its_own_project_and_its_members(tmp_path: Path) -> None:
    lock = {
        "lockfileVersion": 3,
        "packages": {
            "": {"name": "m", "dependencies": {"a": "^1"}},
            "w": {"name": "w", "dependencies": {"a": "^1"}},
            "node_modules/a": {"version": "1.0.0"},
        },
    }
    put(tmp_path, "package-lock.json", json.dumps(lock))
    for folder, name in (("", "m"), ("w/", "w"), ("static/other/", "other")):
        put(tmp_path, f"{folder}package.json", json.dumps({"name": name, "dependencies": {"a": "^1"}}))
    found, _ = collect(tmp_path)
    declared = {item.name: (item.covered, item.held) for facts in found for item in facts.declarations}
    assert declared == {"m": (True, (("a", "1.0.0"),)), "w": (True, (("a", "1.0.0"),)), "other": (False, ())}


def test_copies_of_others_crates_are_not_the_projects(tmp_path: Path) -> None:
    crate = '[[package]]\nname = "a"\nversion = "1.0.0"\nsource = "registry+x"\n'
    put(tmp_path, "Cargo.lock", crate)
    put(tmp_path, "third/party/a/Cargo.lock", crate.replace('"a"', '"b"'))
    put(tmp_path, "third/party/a/fuzz/Cargo.toml", "[dependencies]\nb = '1'\n")
    put(tmp_path, "third/party/a/.cargo-checksum.json", "{}")
    found, problems = collect(tmp_path)
    assert (purls(found), len(found), problems) == (["pkg:cargo/a@1.0.0"], 1, [])


def test_the_lock_of_rye(tmp_path: Path) -> None:
    put(tmp_path, "pyproject.toml", '[project]\nname = "m"\ndependencies = ["flask"]\n')
    put(tmp_path, "requirements.lock", "-e file:.\nflask==2.0.1\n    # via m\njinja2==3.0.0\n    # via flask\n")
    found, problems = collect(tmp_path)
    assert [(item.name, item.direct, item.through) for item in found[0].packages] == [
        ("flask", True, ()),
        ("jinja2", False, ("flask 2.0.1",)),
    ]
    assert (found[0].declarations[0].locks, problems) == (("requirements.lock",), [])


def test_an_old_go_mod_says_that_it_does_not_say_all(tmp_path: Path) -> None:
    put(tmp_path, "go.mod", GO.replace("1.20", "1.15"))
    _, problems = collect(tmp_path)
    assert ["before Go 1.17" in item.why for item in problems] == [True]
