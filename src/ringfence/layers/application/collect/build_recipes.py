"""Dockerfiles and Containerfiles of a tree, and what lies beside them that a build would send along."""

import os
from collections.abc import Iterable, Iterator

import msgspec

from ringfence.errors import LimitExceeded, RingfenceError, UnreadableInput
from ringfence.formats import build_recipe, dockerfile, dockerignore
from ringfence.formats.build_recipe import CredentialFile, Recipe
from ringfence.io.rooted import Rooted
from ringfence.io.world import Target, World
from ringfence.knowledge import credential_files
from ringfence.layers.application.collect.source_tree import SKIPPED
from ringfence.layers.application.facts import Facts
from ringfence.model.declare import Source
from ringfence.model.finding import Problem
from ringfence.model.knowledge import Known

SOURCE = Source(slug="build-recipes", targets=("tree",))

MAX_RECIPES = 5_000
"""Recipes read in one tree."""
MAX_SHIPPED = 50
"""Files with credentials named for one context."""


def collect(target: Target, world: World) -> Iterator[Facts]:
    """One `Facts` for each recipe. Raises `UnreadableInput` if the target is one file that is none, `LimitExceeded`."""
    if target.kind != "tree":
        return
    if os.path.isfile(target.ref):
        folder, name = os.path.split(target.ref)
        if dockerfile.is_name(name):
            yield _alone(target.ref, folder, name)
        return
    root = Rooted(target.ref)
    found: list[str] = []
    secret: list[str] = []
    for entry in root.walk(skip=SKIPPED):
        if entry.is_file and dockerfile.is_name(entry.path.rpartition("/")[2]):
            found.append(entry.path)
        elif entry.is_file and credential_files.held_in(entry.path):
            secret.append(entry.path)
        if len(found) > MAX_RECIPES:
            raise LimitExceeded("recipes of one tree", MAX_RECIPES, where=target.ref)
    for path in sorted(found):
        try:
            recipe = build_recipe.parse(path, root.read(path, dockerfile.MAX_BYTES))
        except RingfenceError as cause:
            world.report(Problem(where=f"{target.ref.rstrip('/')}/{path}", why=cause.wrong))
            continue
        whole = msgspec.structs.replace(_named(recipe), context=Known(_shipped(root, path, secret)))
        yield Facts(target=target.ref, folder=path.rpartition("/")[0], recipes=(whole,))


def _alone(ref: str, folder: str, name: str) -> Facts:
    try:
        recipe: Recipe = build_recipe.parse(name, Rooted(folder or ".").read(name, dockerfile.MAX_BYTES))
    except RingfenceError as cause:
        raise UnreadableInput(cause.wrong, where=ref, mend=cause.mend or "see what the line says") from cause
    return Facts(target=ref, folder="", recipes=(_named(recipe),))


def _named(recipe: Recipe) -> Recipe:
    """The recipe with its copies told apart by what files of such names hold."""
    copies = tuple(msgspec.structs.replace(copy, credentials=_credentials(copy.sources)) for copy in recipe.copies)
    return msgspec.structs.replace(recipe, copies=copies)


def _credentials(paths: Iterable[str]) -> tuple[CredentialFile, ...]:
    told = ((path, credential_files.held_in(path.removeprefix("./"))) for path in paths)
    return tuple(CredentialFile(path=path, holds=holds) for path, holds in told if holds)


def _shipped(root: Rooted, path: str, secret: list[str]) -> tuple[CredentialFile, ...]:
    """The files with credentials that a build with the recipe's own folder as its context would send."""
    folder, _, name = path.rpartition("/")
    prefix = f"{folder}/" if folder else ""
    rules: tuple[dockerignore.IgnoreRule, ...] = ()
    for candidate in (f"{path}.dockerignore", f"{prefix}.dockerignore"):
        if root.exists(candidate):
            rules = dockerignore.parse(root.text(candidate, dockerfile.MAX_BYTES))
            break
    ignored = dockerignore.Ignored(rules)
    inside = (each.removeprefix(prefix) for each in secret if each.startswith(prefix))
    return _credentials(each for each in inside if not ignored(each) and each != name)[:MAX_SHIPPED]
