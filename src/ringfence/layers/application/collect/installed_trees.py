"""What is installed in a tree: Python's site-packages and npm's node_modules, read where no lock file speaks."""

from collections.abc import Callable, Iterator

from packaging.requirements import InvalidRequirement, Requirement

from ringfence.errors import RingfenceError
from ringfence.formats import npm_package, package_lock, python_dist
from ringfence.formats.locked import LockedPackage, Need, locked
from ringfence.io.rooted import Rooted
from ringfence.layers.application.collect.locked_facts import manifest_of
from ringfence.layers.application.facts import Manifest

NODE = "node_modules"
INSTALLED = frozenset({NODE, ".venv", "venv", "site-packages"})
"""Folders that hold what was installed."""
MAX_METADATA = 1024 * 1024
"""Bytes read of one package's metadata; long descriptions are cut."""

Report = Callable[[str, str], None]


def installed(root: Rooted, path: str, report: Report) -> Iterator[Manifest]:
    """One manifest for each tree of installed packages at `path`; what cannot be read is reported."""
    if path.rpartition("/")[2] == NODE or root.exists(_under(path, ".package-lock.json")):
        yield _node(root, path, report)
        return
    for folder in _site_packages(root, path):
        found = locked(item for item in _distributions(root, folder, report))
        if found.packages:
            yield manifest_of(folder or ".", "PyPI", found, lock=False)


def _site_packages(root: Rooted, path: str) -> Iterator[str]:
    """`lib/pythonX.Y/site-packages` of a virtual environment, `Lib/site-packages` of one from Windows, or the folder."""
    if any(name.endswith((".dist-info", ".egg-info")) for name in root.names(path)):
        yield path
        return
    for lib in ("lib", "lib64", "Lib"):
        for name in ("", *root.names(_under(path, lib))):
            folder = "/".join(part for part in (path, lib, name, "site-packages") if part)
            if (name == "" or name.startswith("py")) and root.exists(folder) and not _is_link(root, _under(path, lib)):
                yield folder


def _is_link(root: Rooted, path: str) -> bool:
    try:
        root.link(path)
    except RingfenceError:
        return False
    return True


def _distributions(root: Rooted, folder: str, report: Report) -> Iterator[LockedPackage]:
    for name in root.names(folder):
        file = "METADATA" if name.endswith(".dist-info") else "PKG-INFO" if name.endswith(".egg-info") else ""
        path = _under(folder, f"{name}/{file}")
        if not file or not root.exists(path):
            continue
        try:
            found = python_dist.parse(root.read(path, MAX_METADATA))
        except RingfenceError as fault:
            report(path, fault.wrong)
            continue
        needs = tuple(need for text in found.requires if (need := _need(text)))
        yield LockedPackage(name=found.name, version=found.version, key=found.name, needs=needs)


def _need(text: str) -> Need | None:
    """What a distribution needs without any extra."""
    try:
        asked = Requirement(text)
    except (InvalidRequirement, RecursionError, ValueError):
        return None
    if asked.marker and "extra" in str(asked.marker):
        return None
    return Need(key=python_dist.normal_name(asked.name), specifier=str(asked.specifier))


def _node(root: Rooted, path: str, report: Report) -> Manifest:
    """By the hidden lock file that npm 7 and later keep there, else package by package."""
    hidden = _under(path, ".package-lock.json")
    try:
        if root.exists(hidden):
            return manifest_of(hidden, "npm", package_lock.parse(root.read(hidden)))
    except RingfenceError as fault:
        report(hidden, fault.wrong)
    return manifest_of(path or ".", "npm", locked(_node_packages(root, path, report)), lock=False)


def _node_packages(root: Rooted, path: str, report: Report) -> Iterator[LockedPackage]:
    pending = [path]
    while pending:
        here = pending.pop()
        for name in root.names(here):
            folder = _under(here, name)
            if name.startswith("@"):
                pending.append(folder)
                continue
            file = f"{folder}/package.json"
            if name.startswith(".") or _is_link(root, folder) or not root.exists(file):
                continue
            try:
                found = npm_package.parse(root.read(file, MAX_METADATA))
            except RingfenceError as fault:
                report(file, fault.wrong)
                continue
            if found:
                yield LockedPackage(name=found.name, version=found.version, key=folder)
            if root.exists(f"{folder}/{NODE}"):
                pending.append(f"{folder}/{NODE}")


def _under(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
