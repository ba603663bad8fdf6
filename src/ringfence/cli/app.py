"""Judge an application's source tree: what it depends on and how, and how it is built: Dockerfiles, pipelines.

Lock files and manifests of Python, JavaScript, Go, Rust, Java, Ruby, PHP, .NET, Elixir, Dart, Swift, C++ and GitHub Actions
are read; what is installed (a virtual environment, node_modules) where no lock file speaks. See docs/application.md.
"""

import argparse

from ringfence.cli.command import Command
from ringfence.cli.options import judging
from ringfence.cli.session import Session
from ringfence.engine.storeys import Gathered
from ringfence.io.world import Target
from ringfence.model import report

COMMAND = Command(slug="app", order=50)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence app`."""
    parser.add_argument(
        "path", metavar="PATH", nargs="?", default=".", help="a folder, one lock file, Dockerfile or pipeline (default: .)"
    )
    parser.add_argument("--no-dev", action="store_true", help="leave out what only development needs")
    judging(parser)


def run(options: argparse.Namespace) -> int:
    """Reads lock files and manifests, matches them with advisories, judges, publishes."""
    session = Session(options)
    gathered = session.gather([Target("tree", options.path)])
    if options.no_dev:
        gathered = shipped(gathered)
    if not gathered:
        session.found_nothing(
            options.path, "no lock file, manifest of dependencies, Dockerfile or pipeline", "name the folder that has one"
        )
    return session.publish(session.assess(gathered, report.Target(kind="tree", ref=options.path)))


def shipped(gathered: tuple[Gathered, ...]) -> tuple[Gathered, ...]:
    """The facts without what only development needs."""
    from ringfence.layers.application.facts import Facts

    return tuple(
        Gathered(item.storey, item.source, item.target, item.facts.without_dev()) if isinstance(item.facts, Facts) else item
        for item in gathered
    )
