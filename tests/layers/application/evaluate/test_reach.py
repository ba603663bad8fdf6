"""What is told of an application's code and a package: evidence for, evidence against with its limits, or not known."""

from pathlib import Path

from ringfence.engine import storeys
from ringfence.io.world import Target, World
from ringfence.layers.application.collect import source_tree
from ringfence.layers.application.evaluate import reach
from ringfence.layers.application.facts import CodeImports
from ringfence.model.package import Package


def tree(root: Path, files: dict[str, str]) -> tuple[dict[str, Package], tuple[CodeImports, ...]]:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    world = World(node="n", today="2026-01-01", readers=storeys.readers())
    facts = list(source_tree.collect(Target("tree", str(root)), world))
    packages = {package.name: package for fact in facts for package in fact.packages}
    return packages, tuple(code for fact in facts for code in fact.code)


PYTHON = {
    "requirements.txt": "pyyaml==5.1\nlxml==4.6\nflask==1.0\nodd-name==1\nrequests==2.0\nlocal==1\n",
    "app/__init__.py": "",
    "app/a.py": "import yaml\nfrom lxml.html.clean import Cleaner\n",
    "app/b.py": "import importlib\nimportlib.import_module(name)\n'''\nimport flask\n'''\n",
    "app/old.py": "import requests\nprint 'two'\n",
    "local.py": "",
    "app/c.py": "import local\n",
}


def test_python(tmp_path: Path) -> None:
    packages, code = tree(tmp_path, PYTHON)
    assert reach.told(packages["pyyaml"], (), code) == ("the code imports it: app/a.py:1 (yaml)",)
    assert reach.told(packages["lxml"], ("lxml.html.clean.Cleaner.clean_html",), code) == (
        "the code imports it: app/a.py:2 (lxml.html.clean)",
        "the faulty lxml.html.clean.Cleaner.clean_html is imported: app/a.py:2 (lxml.html.clean)",
    )
    assert "whether they are called is not told" in reach.told(packages["pyyaml"], ("yaml.load",), code)[1]
    assert "no import names them" in reach.told(packages["lxml"], ("lxml.etree.parse",), code)[1]
    (said,) = reach.told(packages["flask"], (), code)
    assert "none of 6 Python files imports it" in said
    assert "1 imports are made at run time and may (app/b.py:2)" in said
    assert "1 files could not be read as Python 3 (app/old.py)" in said


def test_what_modules_a_package_brings_may_not_be_known(tmp_path: Path) -> None:
    packages, code = tree(tmp_path, PYTHON)
    assert "not known" in reach.told(packages["odd-name"], (), code)[0]


def test_python_2_is_evidence_too(tmp_path: Path) -> None:
    packages, code = tree(tmp_path, PYTHON)
    assert reach.told(packages["requests"], (), code) == ("the code imports it: app/old.py (requests)",)


def test_the_trees_own_module_hides_the_packages(tmp_path: Path) -> None:
    packages, code = tree(tmp_path, PYTHON)
    assert "not known" in reach.told(packages["local"], (), code)[0]


def test_who_brings_it_in_is_imported(tmp_path: Path) -> None:
    lock = '[[package]]\nname = "flask"\nversion = "1.0"\nfiles = []\n[package.dependencies]\njinja2 = ">=2"\n'
    files = {
        "pyproject.toml": '[project]\nname = "m"\ndependencies = ["flask"]\n',
        "poetry.lock": lock + '[[package]]\nname = "jinja2"\nversion = "2.0"\nfiles = []\n',
        "m.py": "import flask\n",
    }
    packages, code = tree(tmp_path, files)
    assert reach.told(packages["jinja2"], (), code) == (
        "none of 1 Python files imports it",
        "flask, which brings it in, is imported: m.py:1 (flask)",
    )


def test_go(tmp_path: Path) -> None:
    files = {
        "go.mod": "module m\ngo 1.20\nrequire golang.org/x/net v0.10.0\n",
        "a.go": 'package m\nimport "golang.org/x/net/html"\n',
        "vendor/modules.txt": "# golang.org/x/net v0.10.0\n## explicit\ngolang.org/x/net/html\n",
    }
    packages, code = tree(tmp_path, files)
    net = packages["golang.org/x/net"]
    said = reach.told(net, ("golang.org/x/net/html.Parse",), code)
    assert said[0] == "the code imports it: a.go:2 (golang.org/x/net/html) (the fault is in golang.org/x/net/html)"
    assert "it is compiled in" in said[1]
    assert "the fault is in Parse" in said[2]
    other = reach.told(net, ("golang.org/x/net/http2.Server.Serve",), code)
    assert "none of 1 Go files imports it" in other[0]
    assert "other modules may" in other[0]
    assert "does not compile them" in other[1]
    assert reach.told(packages["stdlib"], (), code) == ()


def test_nothing_is_told_of_other_languages(tmp_path: Path) -> None:
    _, code = tree(tmp_path, PYTHON)
    assert reach.told(Package(purl="pkg:npm/a@1", name="a", version="1", ecosystem="npm"), (), code) == ()
