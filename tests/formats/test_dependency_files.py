"""Every other lock file and manifest: any bytes give a value or one of two errors; each form is read for what it says."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import (
    bun_lock,
    cargo,
    composer,
    conan_lock,
    conda_environment,
    gemfile,
    go_sum,
    gradle_lockfile,
    locked,
    mix_lock,
    npmrc,
    nuget,
    package_json,
    package_resolved,
    pdm_lock,
    pipfile,
    pnpm_lock,
    pom,
    pubspec,
    pylock,
    pyproject,
    setup_cfg,
    workflow_uses,
    xml_tree,
    yarn_lock,
)
from ringfence.formats.declared import Project
from ringfence.formats.locked import Locked, Need

PARSERS: dict[str, Callable[[bytes], object]] = {
    "bun": bun_lock.parse,
    "cargo lock": cargo.parse_lock,
    "cargo": cargo.parse,
    "composer lock": composer.parse_lock,
    "composer": composer.parse,
    "conan": conan_lock.parse_lock,
    "vcpkg": conan_lock.parse_vcpkg,
    "conda": conda_environment.parse,
    "conda-lock": conda_environment.parse_lock,
    "deps.json": nuget.parse_deps,
    "gemfile lock": gemfile.parse_lock,
    "gemfile": gemfile.parse,
    "go.sum": go_sum.parse,
    "go.work": go_sum.workspace,
    "gradle": gradle_lockfile.parse,
    "mix": mix_lock.parse,
    "modules.txt": go_sum.vendored,
    "npmrc": npmrc.parse,
    "nuget central": nuget.central_versions,
    "nuget lock": nuget.parse_lock,
    "nuget project": nuget.parse_project,
    "package.json": package_json.parse,
    "pdm": pdm_lock.parse,
    "pipfile lock": pipfile.parse_lock,
    "pipfile": pipfile.parse,
    "pnpm": pnpm_lock.parse,
    "pom": pom.parse,
    "pubspec lock": pubspec.parse_lock,
    "pubspec": pubspec.parse,
    "pylock": pylock.parse,
    "pyproject": pyproject.parse,
    "setup.cfg": setup_cfg.parse,
    "swift": package_resolved.parse,
    "workflow": workflow_uses.parse,
    "yarn": yarn_lock.parse,
    "yarnrc": npmrc.parse_yarn,
}
WORDS = (
    *("[[package]]", "[[packages]]", "[package]", 'name = "a"', 'version = "1"', "dependencies = []", "[dependencies]"),
    *('a = {git = "x"}', "[tool.poetry.group.dev.dependencies]", "[dependency-groups]", "[project]", "[[tool.uv.index]]"),
    *("GEM", "  remote: x", "  specs:", "    a (1.0)", "      b (>= 1)", "DEPENDENCIES", "  a!", "gem 'a', '1'", "end"),
    *("a@^1:", "a@npm:1, b@2:", '  version "1"', "  resolved x", "  dependencies:", "    b ^1", "__metadata:", "@:"),
    *("importers:", "packages:", "  /a/1.0:", "  a@1(b@2):", "    dev: true", "snapshots:", "dependencies:", "  a: 1"),
    *("jobs:", "  x:", "    steps:", "      - uses: a/b@v1", "runs:", "- a=1", "- pip:", "  - b==2", "a:b:1=c", "%{"),
    *('  "a": {:hex, :a, "1", "00", [:mix], [{:b, "~> 1", [hex: :b]}], "hexpm", "0"},', "# a v1", "## explicit", "a/b"),
    *("a v1 h1:x=", "use (", ")", "use ./a", "@a:registry=https://x", "[options]", "install_requires =", "  a>=1", " b"),
    *("<project>", "<dependencies><dependency>", "<version>${a}</version>", "</project>", "<Project><ItemGroup>"),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "1.0", "a@1", "^1", "git+x#y", "a/1#0"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("packages", "packages-dev", "dependencies", "name", "version", "default", "develop", "workspaces"),
                    *("libraries", "targets", "pins", "object", "state", "graph_lock", "nodes", "ref", "requires", "", "a"),
                    *("overrides", "require", "require-dev", "repositories", "a/b", "a/1.0", "dist", "source", "snapshots"),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("parser", PARSERS.values(), ids=PARSERS)
@given(
    st.one_of(
        st.binary(),
        st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")),
        st.lists(st.sampled_from(WORDS), max_size=12).map(lambda parts: "\n".join(parts).encode()),
        VALUES.map(lambda value: json.dumps(value).encode()),
    )
)
def test_any_bytes(parser: Callable[[bytes], object], data: bytes) -> None:
    try:
        parser(data)
    except (Malformed, LimitExceeded):
        return


HOSTILE = {
    "deep list": b"[" * 100_000,
    "deep object": b'{"a":' * 100_000,
    "deep toml": b"a = " + b"[" * 100_000,
    "long number": b"x = " + b"9" * 10_000,
    "nul": b"\0" * 1_000,
    "alias bomb": b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n".encode() for n in range(9)),
    "entity bomb": b'<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><project>&b;</project>',
    "deep xml": b"<a>" * 10_000,
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("parser", PARSERS.values(), ids=PARSERS)
def test_hostile_bytes(parser: Callable[[bytes], object], data: bytes) -> None:
    try:
        parser(data)
    except (Malformed, LimitExceeded):
        return


def test_an_entity_is_never_expanded() -> None:
    with pytest.raises(Malformed, match="DTD"):
        pom.parse(HOSTILE["entity bomb"])


def test_yaml_that_repeats_itself_without_end() -> None:
    with pytest.raises(LimitExceeded):
        pnpm_lock.parse(HOSTILE["alias bomb"])


@pytest.mark.parametrize(
    "parser", [bun_lock.parse, yarn_lock.parse, gemfile.parse_lock, mix_lock.parse, gradle_lockfile.parse]
)
def test_a_huge_file_is_not_begun(parser: Callable[[bytes], object], monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (bun_lock, yarn_lock, gemfile, mix_lock, gradle_lockfile):
        monkeypatch.setattr(module, "MAX_BYTES", 3)
    with pytest.raises(LimitExceeded, match="bytes"):
        parser(b"abcd")


def test_more_packages_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locked, "MAX_PACKAGES", 1)
    with pytest.raises(LimitExceeded, match="packages"):
        gradle_lockfile.parse(b"a:b:1=c\na:d:1=c\n")


def test_too_many_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_tree, "MAX_ELEMENTS", 2)
    with pytest.raises(LimitExceeded, match="elements"):
        pom.parse(b"<project><a/><b/></project>")


Row = tuple[str, str, str, bool | None, bool]


def told(found: Locked) -> list[Row]:
    return [(item.name, item.version, item.source, item.hashed, item.dev) for item in found.packages]


def needs(found: Locked) -> dict[str, list[str]]:
    return {item.key: [need.key for need in item.needs] for item in found.packages if item.needs}


def asks(found: Project) -> list[tuple[str, str, str, bool, str]]:
    return [(item.name, item.specifier, item.group, item.dev, item.source) for item in found.asks]


def test_yarn_classic() -> None:
    found = yarn_lock.parse(
        b"""# THIS IS AN AUTOGENERATED FILE.
# yarn lockfile v1


"@s/a@^1.0.0", "@s/a@^1.1.0":
  version "1.2.0"
  resolved "https://registry.yarnpkg.com/@s/a/-/a-1.2.0.tgz#0123"
  integrity sha512-x
  dependencies:
    b "^2.0.0 || ^3"

b@^2.0.0\x20||\x20^3:
  version "2.0.0"
  resolved "https://registry.yarnpkg.com/b/-/b-2.0.0.tgz"

"c@git+https://me:hunter2@h/c.git#main":
  version "3.0.0"
  resolved "git+https://me:hunter2@h/c.git#0123456789012345678901234567890123456789"

"d@npm:real@^4":
  version "4.0.0"
  resolved "https://registry.yarnpkg.com/real/-/real-4.0.0.tgz#99"
""".replace(b"b@^2.0.0 || ^3:", b'"b@^2.0.0 || ^3":')
    )
    assert told(found) == [
        ("@s/a", "1.2.0", "registry", True, False),
        ("b", "2.0.0", "registry", False, False),
        ("c", "3.0.0", "git", False, False),
        ("real", "4.0.0", "registry", True, False),
    ]
    assert found.packages[0].answers == ("@s/a@^1.0.0", "@s/a@^1.1.0")
    assert found.packages[0].needs == (Need(key="b@^2.0.0 || ^3", specifier="^2.0.0 || ^3"),)
    assert (found.packages[0].line, "hunter2" in found.packages[2].url) == (5, False)


def test_yarn_berry() -> None:
    found = yarn_lock.parse(
        b"""__metadata:
  version: 8

"@s/a@npm:^1.0.0, @s/a@npm:^1.1.0":
  version: 1.10
  resolution: "@s/a@npm:1.10"
  dependencies:
    b: "npm:^2"
  checksum: 10c0/00
  languageName: node
  linkType: hard

"b@npm:^2":
  version: 2.0.0
  resolution: "b@npm:2.0.0"

"mine@workspace:.":
  version: 0.0.0-use.local
  resolution: "mine@workspace:."
  dependencies:
    "@s/a": "npm:^1.0.0"

"g@https://github.com/x/g.git":
  version: 3.0.0
  resolution: "g@https://github.com/x/g.git#commit=0123456789012345678901234567890123456789"
"""
    )
    assert told(found) == [
        ("@s/a", "1.10", "registry", True, False),
        ("b", "2.0.0", "registry", False, False),
        ("g", "3.0.0", "git", True, False),
    ]
    assert [(member.name, [need.key for need in member.asks]) for member in found.members] == [("mine", ["@s/a@npm:^1.0.0"])]
    assert found.packages[0].line == 4


@pytest.mark.parametrize(
    "text",
    [
        """lockfileVersion: 5.4
specifiers: {a: ^1.0.0, d: ^4}
dependencies: {a: 1.0.0_b@2.0.0}
devDependencies: {d: 4.0.0}
packages:
  /a/1.0.0_b@2.0.0: {resolution: {integrity: sha512-x}, dependencies: {'@s/c': 3.0.0}, requiresBuild: true}
  /@s/c/3.0.0: {resolution: {integrity: sha512-x}, deprecated: use e}
  /d/4.0.0: {resolution: {integrity: sha512-x}, dev: true}
""",
        """lockfileVersion: '6.0'
dependencies:
  a: {specifier: ^1.0.0, version: 1.0.0(b@2.0.0)}
devDependencies:
  d: {specifier: ^4, version: 4.0.0}
packages:
  /a@1.0.0(b@2.0.0): {resolution: {integrity: sha512-x}, dependencies: {'@s/c': 3.0.0}, requiresBuild: true}
  /@s/c@3.0.0: {resolution: {integrity: sha512-x}, deprecated: use e}
  /d@4.0.0: {resolution: {integrity: sha512-x}, dev: true}
""",
        """lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      a: {specifier: ^1.0.0, version: 1.0.0(b@2.0.0)}
    devDependencies:
      d: {specifier: ^4, version: 4.0.0}
packages:
  a@1.0.0: {resolution: {integrity: sha512-x}}
  '@s/c@3.0.0': {resolution: {integrity: sha512-x}, deprecated: use e}
  d@4.0.0: {resolution: {integrity: sha512-x}}
snapshots:
  a@1.0.0(b@2.0.0): {dependencies: {'@s/c': 3.0.0}}
  '@s/c@3.0.0': {}
  d@4.0.0: {}
""",
    ],
    ids=["5", "6", "9"],
)
def test_pnpm(text: str) -> None:
    found = pnpm_lock.parse(text.encode())
    assert [(item.name, item.version, item.hashed) for item in found.packages] == [
        ("a", "1.0.0", True),
        ("@s/c", "3.0.0", True),
        ("d", "4.0.0", True),
    ]
    assert needs(found) == {"a@1.0.0": ["@s/c@3.0.0"]}
    (member,) = found.members
    assert ([need.key for need in member.asks], member.asks[0].specifier) == (["a@1.0.0"], "^1.0.0")
    assert [need.key for need in member.dev_asks] == ["d@4.0.0"]
    assert found.packages[1].withdrawn == "deprecated: use e"
    assert found.packages[0].install_script == (None if "9.0" in text else True)


def test_bun() -> None:
    found = bun_lock.parse(
        b"""{
  "lockfileVersion": 1,
  "workspaces": {
    "": {"name": "mine", "dependencies": {"a": "^1", }, "devDependencies": {"d": "^4"}, },
  },
  "packages": {
    "a": ["a@1.0.0", "", {"dependencies": {"b": "^2"}}, "sha512-,}=="],
    "a/b": ["b@2.0.0", "", {}, "sha512-x"],
    "d": ["d@github:x/d#0123456", {}, "x-d-0123456"],
  }
}
"""
    )
    assert told(found) == [
        ("a", "1.0.0", "registry", True, False),
        ("b", "2.0.0", "registry", True, False),
        ("d", "", "git", True, False),
    ]
    assert needs(found) == {"a": ["a/b"]}
    assert ([need.key for need in found.members[0].asks], found.packages[1].line) == (["a"], 8)


def test_pipenv() -> None:
    data = {
        "_meta": {"sources": []},
        "default": {"Flask": {"version": "==2.0.1", "hashes": ["sha256:0"]}, "g": {"git": "https://h/g", "ref": "main"}},
        "develop": {"pytest": {"version": "==8.0"}, "flask": {"version": "==2.0.1"}},
    }
    assert told(pipfile.parse_lock(json.dumps(data).encode())) == [
        ("flask", "2.0.1", "registry", True, False),
        ("g", "", "git", False, False),
        ("pytest", "8.0", "registry", False, True),
        ("flask", "2.0.1", "registry", False, True),
    ]
    found = pipfile.parse(
        b"""[[source]]
url = "https://pypi.org/simple"
verify_ssl = true

[[source]]
url = "https://me:hunter2@in.house/simple"
verify_ssl = false

[packages]
flask = "*"
Lib = {git = "https://h/lib", ref = "main"}

[dev-packages]
pytest = ">=8"
"""
    )
    assert asks(found) == [
        ("flask", "", "", False, "registry"),
        ("lib", "", "", False, "git"),
        ("pytest", ">=8", "dev", True, "registry"),
    ]
    assert [item.kind for item in found.registries] == ["index", "extra-index", "trusted-host"]
    assert "hunter2" not in str(found)


def test_pdm() -> None:
    found = pdm_lock.parse(
        b"""[metadata]
lock_version = "4.4"

[[package]]
name = "flask"
version = "2.0.1"
groups = ["default"]
dependencies = ["Jinja2>=3.0", "importlib-metadata; python_version < '3.10'"]
files = [{file = "x", hash = "sha256:0"}]

[[package]]
name = "pytest"
version = "8.0"
groups = ["test"]
files = []
"""
    )
    assert told(found) == [("flask", "2.0.1", "registry", True, False), ("pytest", "8.0", "registry", False, True)]
    assert found.packages[0].needs == (Need(key="jinja2", specifier=">=3.0"), Need(key="importlib-metadata"))


def test_pylock() -> None:
    found = pylock.parse(
        b"""lock-version = "1.0"

[[packages]]
name = "flask"
version = "2.0.1"
dependencies = [{ name = "jinja2" }]
wheels = [{ url = "https://x", hashes = { sha256 = "0" } }]

[[packages]]
name = "pytest"
version = "8.0"
marker = "'dev' in dependency_groups"
sdist = { url = "https://x", hashes = {} }

[[packages]]
name = "g"
vcs = { type = "git", url = "https://h/g", commit-id = "0123" }
"""
    )
    assert told(found) == [
        ("flask", "2.0.1", "registry", True, False),
        ("pytest", "8.0", "registry", False, True),
        ("g", "", "git", False, False),
    ]
    assert (needs(found), found.packages[2].reference) == ({"flask": ["jinja2"]}, "0123")


def test_conda() -> None:
    specs = conda_environment.parse(
        b"""name: x
channels: [conda-forge]
dependencies:
  - python=3.9
  - conda-forge::numpy==1.21.0
  - scipy=1.7.0=py39h0
  - pip:
    - flask==2.0.1
    - requests>=2
"""
    )
    assert [(item.name, item.version, item.pip, item.line) for item in specs] == [
        ("python", "", False, 4),
        ("numpy", "1.21.0", False, 5),
        ("scipy", "1.7.0", False, 6),
        ("flask", "2.0.1", True, 8),
        ("requests", "", True, 9),
    ]
    conda, pip = conda_environment.parse_lock(
        b"""version: 1
package:
- {name: numpy, version: 1.21.0, manager: conda, platform: linux-64, dependencies: {libc: '>=2'}, hash: {sha256: '0'}}
- {name: numpy, version: 1.21.0, manager: conda, platform: osx-64, dependencies: {}, hash: {sha256: '1'}}
- {name: Flask, version: 2.0.1, manager: pip, platform: linux-64, dependencies: {}, category: dev}
"""
    )
    assert told(conda) == [("numpy", "1.21.0", "registry", True, False)]
    assert told(pip) == [("flask", "2.0.1", "registry", False, True)]


def test_cargo() -> None:
    found = cargo.parse_lock(
        b"""version = 3

[[package]]
name = "mine"
version = "0.1.0"
dependencies = ["rand 0.7.3", "time"]

[[package]]
name = "rand"
version = "0.7.3"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "00"

[[package]]
name = "rand"
version = "0.8.5"
source = "git+https://h/rand?branch=main#0123456789012345678901234567890123456789"

[[package]]
name = "time"
version = "0.1.42"
source = "registry+https://github.com/rust-lang/crates.io-index"
dependencies = ["rand 0.8.5"]
"""
    )
    assert told(found) == [
        ("mine", "0.1.0", "path", None, False),
        ("rand", "0.7.3", "registry", True, False),
        ("rand", "0.8.5", "git", None, False),
        ("time", "0.1.42", "registry", False, False),
    ]
    assert needs(found) == {"mine": ["rand@0.7.3", "time"], "time": ["rand@0.8.5"]}
    declared = cargo.parse(
        b"""[package]
name = "mine"
[dependencies]
rand = "0.7"
t = { package = "time", version = "0.1" }
own = { path = "own" }
[dev-dependencies]
g = { git = "https://h/g", branch = "main" }
[target.'cfg(unix)'.dependencies]
libc = "0.2"
"""
    )
    assert asks(declared) == [
        ("rand", "0.7", "", False, "registry"),
        ("time", "0.1", "", False, "registry"),
        ("own", "", "", False, "path"),
        ("g", "", "dev", True, "git"),
        ("libc", "0.2", "", False, "registry"),
    ]


def test_bundler() -> None:
    found = gemfile.parse_lock(
        b"""GIT
  remote: https://me:hunter2@h/g.git
  revision: 0123456789012345678901234567890123456789
  specs:
    g (0.1)
      rack

GEM
  remote: https://rubygems.org/
  specs:
    nokogiri (1.11.0-x86_64-linux)
      racc (~> 1.4)
    nokogiri (1.11.0)
    racc (1.5.2)
    rack (2.2.2)

PLATFORMS
  ruby

DEPENDENCIES
  g!
  nokogiri (>= 1.10)

CHECKSUMS
  nokogiri (1.11.0) sha256=00
  racc (1.5.2)
"""
    )
    assert told(found) == [
        ("g", "0.1", "git", None, False),
        ("nokogiri", "1.11.0", "registry", True, False),
        ("racc", "1.5.2", "registry", False, False),
        ("rack", "2.2.2", "registry", False, False),
    ]
    assert needs(found) == {"g": ["rack"], "nokogiri": ["racc"]}
    assert [need.key for need in found.members[0].asks] == ["g", "nokogiri"]
    declared = gemfile.parse(
        b"""source "https://rubygems.org"
gem "rails", "~> 6.0", ">= 6.0.3"
gem 'own', path: 'own'
group :development, :test do
  gem 'rspec' # for tests
  gem 'lib', :git => 'https://h/lib', branch: "main"
end
"""
    )
    assert asks(declared) == [
        ("rails", "~> 6.0, >= 6.0.3", "", False, "registry"),
        ("own", "", "", False, "path"),
        ("rspec", "", ":development, :test", True, "registry"),
        ("lib", "", ":development, :test", True, "git"),
    ]


def test_composer() -> None:
    found = composer.parse_lock(
        json.dumps(
            {
                "packages": [
                    {
                        "name": "Symfony/HTTP-kernel",
                        "version": "v4.4.1",
                        "dist": {"type": "zip", "reference": "0123", "shasum": ""},
                        "require": {"php": ">=7", "psr/log": "^1"},
                        "abandoned": "symfony/other",
                    },
                    {"name": "psr/log", "version": "dev-main", "source": {"type": "git", "url": "u", "reference": "0" * 40}},
                ],
                "packages-dev": [{"name": "a/b", "version": "1.0", "require": []}],
            }
        ).encode()
    )
    assert told(found) == [
        ("symfony/http-kernel", "4.4.1", "registry", True, False),
        ("psr/log", "", "git", True, False),
        ("a/b", "1.0", "registry", False, True),
    ]
    assert needs(found) == {"symfony/http-kernel": ["psr/log"]}
    assert "symfony/other" in found.packages[0].withdrawn


def test_nuget() -> None:
    lock = {
        "version": 1,
        "dependencies": {
            "net6.0": {
                "Newtonsoft.Json": {"type": "Direct", "requested": "[12.0.1, )", "resolved": "12.0.1", "contentHash": "x"},
                "A": {"type": "Transitive", "resolved": "1.0.0", "dependencies": {"newtonsoft.json": "12.0.1"}},
                "mine": {"type": "Project"},
            },
            "net8.0": {"A": {"type": "Direct", "resolved": "1.0.0", "contentHash": "y"}},
        },
    }
    found = nuget.parse_lock(json.dumps(lock).encode())
    assert [(item.name, item.version, item.source, item.direct) for item in found.packages] == [
        ("Newtonsoft.Json", "12.0.1", "registry", True),
        ("A", "1.0.0", "registry", True),
        ("mine", "", "path", False),
    ]
    declared = nuget.parse_project(
        b"""<?xml version="1.0"?>
<Project Sdk="Microsoft.NET.Sdk">
  <ItemGroup>
    <PackageReference Include="A" Version="1.0.0" />
    <PackageReference Include="B"><Version>[2.0]</Version><PrivateAssets>all</PrivateAssets></PackageReference>
    <PackageReference Include="C" />
  </ItemGroup>
</Project>"""
    )
    assert [(item.name, nuget.pinned(item.specifier), item.dev, item.line) for item in declared] == [
        ("A", "1.0.0", False, 4),
        ("B", "2.0", True, 5),
        ("C", "", False, 6),
    ]
    assert [nuget.pinned(text) for text in ("1.*", "[1.0,2.0)", "$(V)", "")] == ["", "", "", ""]
    deps = {
        "targets": {".NETCoreApp,Version=v6.0": {"mine/1.0": {"dependencies": {"A": "1.0.0"}}, "A/1.0.0": {}}},
        "libraries": {"mine/1.0": {"type": "project"}, "A/1.0.0": {"type": "package", "sha512": "x"}},
    }
    built = nuget.parse_deps(json.dumps(deps).encode())
    assert told(built) == [("mine", "1.0", "path", None, False), ("A", "1.0.0", "registry", True, False)]
    assert needs(built) == {"mine": ["a"]}


def test_mix() -> None:
    found = mix_lock.parse(
        b"""%{
  "plug": {:hex, :plug, "1.10.0", "ab01", [:mix], [{:mime, "~> 1.0", [hex: :mime, repo: "hexpm"]}], "hexpm", "cd"},
  "g": {:git, "https://h/g.git", "0123456789012345678901234567890123456789", []},
}
"""
    )
    assert told(found) == [("plug", "1.10.0", "registry", True, False), ("g", "", "git", None, False)]
    assert needs(found) == {"plug": ["mime"]}


def test_pub() -> None:
    found = pubspec.parse_lock(
        b"""packages:
  http:
    dependency: "direct main"
    description: {name: http, sha256: "00", url: "https://pub.dev"}
    source: hosted
    version: "0.13.0"
  test:
    dependency: "direct dev"
    description: {name: test, url: "https://pub.dev"}
    source: hosted
    version: "1.10"
  flutter:
    dependency: "direct main"
    description: flutter
    source: sdk
    version: "0.0.0"
"""
    )
    assert told(found) == [
        ("http", "0.13.0", "registry", True, False),
        ("test", "1.10", "registry", False, True),
        ("flutter", "0.0.0", "path", None, False),
    ]


@pytest.mark.parametrize(
    "document",
    [
        {"object": {"pins": [{"package": "NIO", "repositoryURL": "https://github.com/apple/swift-nio.git",
                              "state": {"branch": None, "revision": "0" * 40, "version": "2.0.0"}}]}, "version": 1},
        {"pins": [{"identity": "swift-nio", "kind": "remoteSourceControl", "location": "git@github.com:apple/swift-nio.git",
                   "state": {"revision": "0" * 40, "version": "2.0.0"}}], "version": 2},
    ],
)  # fmt: skip
def test_swift(document: object) -> None:
    assert told(package_resolved.parse(json.dumps(document).encode())) == [
        ("github.com/apple/swift-nio", "2.0.0", "registry", True, False)
    ]


def test_conan() -> None:
    two = {"version": "0.5", "requires": ["zlib/1.2.11#ab12%1.0", "a/1.0@u/c"], "build_requires": ["cmake/3.2#00"]}
    assert told(conan_lock.parse_lock(json.dumps(two).encode())) == [
        ("zlib", "1.2.11", "registry", True, False),
        ("a", "1.0", "registry", False, False),
        ("cmake", "3.2", "registry", True, True),
    ]
    one = {"graph_lock": {"nodes": {"0": {"ref": "mine/1", "requires": ["1"]}, "1": {"ref": "zlib/1.2.11#0"}, "2": {}}}}
    assert needs(conan_lock.parse_lock(json.dumps(one).encode())) == {"0": ["1"]}
    project, overrides = conan_lock.parse_vcpkg(
        b'{"name": "m", "dependencies": ["fmt", {"name": "zlib", "version>=": "1.2"}],'
        b' "overrides": [{"name": "fmt", "version": "9.0"}]}'
    )
    assert (asks(project)[1][:2], overrides) == (("zlib", ">=1.2"), (("fmt", "9.0"),))


def test_go_files() -> None:
    assert go_sum.parse(b"m v1.0.0 h1:x=\nm v1.0.0/go.mod h1:y=\n") == (("m", "v1.0.0"),)
    found = go_sum.vendored(b"# m v1.0.0\n## explicit; go 1.20\nm/a\nm/b\n# n v1 => ./n\n# o v1.0.0 => p v2.0.0\np\n")
    assert [(item.path, item.version, item.explicit, item.packages) for item in found] == [
        ("m", "v1.0.0", True, ("m/a", "m/b")),
        ("n", "", False, ()),
        ("p", "v2.0.0", False, ("p",)),
    ]
    assert go_sum.workspace(b"go 1.20\nuse ./a\nuse (\n\t./b // here\n)\n") == ("./a", "./b")


def test_gradle() -> None:
    found = gradle_lockfile.parse(b"# comment\na.b:c:1.0=compileClasspath,testRuntimeClasspath\nd:e:2=testCompile\nempty=\n")
    assert told(found) == [("a.b:c", "1.0", "registry", None, False), ("d:e", "2", "registry", None, True)]


def test_maven_fills_in_properties() -> None:
    assert pom.filled("${a}.${b}", {"a": "1", "b": "${c}", "c": "2"}) == "1.2"
    assert pom.filled("${a}", {"a": "${a}"}) == "${a}"
    assert len(pom.filled("${a}", {"a": "${b}${b}", "b": "${a}${a}"})) <= pom.MAX_VALUE


def test_workflow() -> None:
    commit = "0" * 40
    found = workflow_uses.parse(
        f"""on: push
jobs:
  build:
    steps:
      - uses: actions/checkout@v4
      - uses: a/b/sub@{commit} # v1.2.3
      - uses: ./.github/actions/own
      - uses: docker://alpine:3
      - run: uses x
  call:
    uses: o/r/.github/workflows/w.yml@v1.0.0
""".encode()
    )
    assert [(item.name, item.version, item.hashed, item.line) for item in found.packages if item.source == "git"] == [
        ("actions/checkout", "", False, 5),
        ("a/b", "v1.2.3", True, 6),
        ("o/r", "v1.0.0", False, 11),
    ]


def test_pyproject_of_every_tool() -> None:
    found = pyproject.parse(
        b"""[project]
name = "My_App"
dependencies = ["Flask>=2", "lib @ git+https://h/lib@main", "inner"]
[project.optional-dependencies]
redis = ["redis"]
[dependency-groups]
test = ["pytest", {include-group = "lint"}]
lint = ["ruff==0.1"]
[tool.uv.sources]
inner = { workspace = true }
[[tool.uv.index]]
url = "https://in.house/simple"
[tool.poetry.dependencies]
python = "^3.11"
django = "^4"
[tool.poetry.group.docs.dependencies]
sphinx = { version = "^7", extras = ["x"] }
"""
    )
    assert found.name == "my-app"
    assert asks(found) == [
        ("flask", ">=2", "", False, "registry"),
        ("lib", "", "", False, "git"),
        ("inner", "", "", False, "path"),
        ("redis", "", "redis", False, "registry"),
        ("pytest", "", "test", True, "registry"),
        ("ruff", "==0.1", "lint", True, "registry"),
        ("django", "^4", "", False, "registry"),
        ("sphinx", "^7", "docs", True, "registry"),
    ]
    assert [(item.kind, item.url) for item in found.registries] == [("index", "https://in.house/simple")]


def test_setup_cfg() -> None:
    found = setup_cfg.parse(
        b"""[metadata]
name = x
[options]
install_requires =
  a>=1
  b; python_version < '3'
[options.extras_require]
test = c
"""
    )
    assert asks(found) == [
        ("a", ">=1", "", False, "registry"),
        ("b", "", "", False, "registry"),
        ("c", "", "test", True, "registry"),
    ]


def test_package_json_kinds_of_source() -> None:
    wishes = {
        "a": "^1",
        "b": "file:../b",
        "c": "x/c#main",
        "d": "git+https://me:hunter2@h/d.git#v1",
        "e": "https://h/e.tgz",
        "f": "npm:g@^2",
        "h": "workspace:*",
    }
    found = package_json.parse(json.dumps({"name": "m", "dependencies": wishes, "devDependencies": {"z": "1"}}).encode())
    assert [(item.name, item.source) for item in found.asks] == [
        ("a", "registry"),
        ("b", "path"),
        ("c", "git"),
        ("d", "git"),
        ("e", "archive"),
        ("f", "registry"),
        ("h", "path"),
        ("z", "registry"),
    ]
    assert (found.asks[2].reference, "hunter2" in str(found)) == ("main", False)


def test_npmrc() -> None:
    found = npmrc.parse(b"//r/:_authToken=hunter2\nregistry=https://r/\n@s:registry = http://in.house/\nstrict-ssl=false\n")
    assert [(item.kind, item.scope) for item in found] == [("index", ""), ("scope", "@s"), ("trusted-host", "")]
    assert "hunter2" not in str(found)
    yarn = npmrc.parse_yarn(b"npmRegistryServer: https://r/\nnpmScopes:\n  s:\n    npmRegistryServer: https://in.house/\n")
    assert [(item.kind, item.scope, item.line) for item in yarn] == [("index", "", 1), ("scope", "@s", 4)]
