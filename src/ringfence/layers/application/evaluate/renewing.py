"""How each package manager is told to renew its lock file.

Sources: the reference of each command: docs.npmjs.com, classic.yarnpkg.com, pnpm.io, bun.sh, python-poetry.org,
docs.astral.sh, pdm-project.org, pipenv.pypa.io, doc.rust-lang.org/cargo, bundler.io, getcomposer.org, learn.microsoft.com,
hexdocs.pm/mix, dart.dev, go.dev/ref/mod, docs.gradle.org, pip-tools.readthedocs.io.
"""

_ONE = {
    "package-lock.json": "npm update {name} --package-lock-only",
    "npm-shrinkwrap.json": "npm update {name} --package-lock-only",
    "yarn.lock": "yarn upgrade {name}",
    "pnpm-lock.yaml": "pnpm update {name} --lockfile-only --depth Infinity",
    "bun.lock": "bun update {name}",
    "poetry.lock": "poetry update --lock {name}",
    "uv.lock": "uv lock --upgrade-package {name}=={to}",
    "pdm.lock": "pdm update --no-sync {name}",
    "Pipfile.lock": "pipenv upgrade {name}",
    "Cargo.lock": "cargo update -p {name}@{version} --precise {to}",
    "Gemfile.lock": "bundle lock --update {name}",
    "composer.lock": "composer update {name} --no-install",
    "packages.lock.json": "dotnet restore --force-evaluate",
    "mix.lock": "mix deps.update {name}",
    "pubspec.lock": "dart pub upgrade {name}",
    "gradle.lockfile": "gradle dependencies --update-locks {name}",
    "go.sum": "go mod tidy",
}
_ALL = {
    "package-lock.json": "npm install --package-lock-only",
    "npm-shrinkwrap.json": "npm install --package-lock-only",
    "yarn.lock": "yarn install",
    "pnpm-lock.yaml": "pnpm install --lockfile-only",
    "bun.lock": "bun install",
    "poetry.lock": "poetry lock",
    "uv.lock": "uv lock",
    "pdm.lock": "pdm lock --update-reuse",
    "Pipfile.lock": "pipenv lock",
    "Cargo.lock": "cargo update --workspace",
    "Gemfile.lock": "bundle lock",
    "composer.lock": "composer update --lock",
    "packages.lock.json": "dotnet restore --force-evaluate",
    "mix.lock": "mix deps.get",
    "pubspec.lock": "dart pub get",
    "gradle.lockfile": "gradle dependencies --write-locks",
    "go.sum": "go mod tidy",
}


def renew(lock: str, name: str, version: str, to: str) -> str:
    """The command that renews one package in the lock file at `lock`; empty for a form without one."""
    return _ONE.get(lock.rpartition("/")[2], "").format(name=name, version=version, to=to)


def renew_all(lock: str) -> str:
    """The command that brings a lock file in step with a changed manifest; empty for a form without one."""
    return _ALL.get(lock.rpartition("/")[2], "")
