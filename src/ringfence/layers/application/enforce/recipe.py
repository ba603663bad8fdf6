"""Dockerfiles hardened where it can be done safely: line by line, comments and order kept.

What is done: packages without those only recommended and without their lists, COPY for ADD, pip without its cache,
another user than root at the end. What needs a person (a second stage, secret mounts, digests, which are not known here)
is left to the checks, which name it. Sources: the Dockerfile reference; apt-get(8), apk-add(8), pip's documentation.
"""

import re
from collections.abc import Iterator

from ringfence.formats import build_recipe, dockerfile
from ringfence.formats.build_recipe import BuildStep, Recipe
from ringfence.layers.application.evaluate import build_commands, finished_image
from ringfence.model.knowledge import Known
from ringfence.model.plan import Edit, Plan

USER = "10001"
"""A number that no distribution gives to an account of its own."""
_APT = re.compile(r"\b(apt(?:-get)?\s+(?:-\S+\s+)*install)\b(?!.*--no-install-recommends)")
_APK = re.compile(r"\b(apk\s+(?:-\S+\s+)*add)\b(?!.*--no-cache)")
_PIP = re.compile(r"\b(pip3?\s+install)\b(?!.*--no-cache-dir)")
_LISTS = "rm -rf /var/lib/apt/lists/*"


def harden(path: str, text: str) -> Plan:
    """The plan for a file. Raises `Malformed` for what is no Dockerfile, `LimitExceeded`."""
    file = dockerfile.parse(text.encode())
    escape = dict(file.directives).get("escape", "\\")
    recipe = build_recipe.parse(path, text.encode())
    lines = text.split("\n")
    spans = {item.line: item.end for stage in file.stages for item in stage.instructions}
    edits: list[Edit] = []
    for step in recipe.steps:
        if step.at.line is not None and not _has_heredoc(lines, step.at.line, spans[step.at.line]):
            edits.extend(_step(step, lines, (step.at.line, spans[step.at.line]), escape))
    edits.extend(_copies(recipe, lines))
    edits.extend(_user(recipe, lines))
    return Plan(path=path, edits=tuple(sorted(edits, key=lambda edit: edit.line)))


def _has_heredoc(lines: list[str], first: int, last: int) -> bool:
    return any("<<" in lines[at - 1] for at in range(first, last + 1))


def _step(step: BuildStep, lines: list[str], span: tuple[int, int], escape: str) -> Iterator[Edit]:
    """Edits of a RUN, one a line that changes, so that no two touch the same."""
    first, last = span
    whole = " ".join(lines[at - 1] for at in range(first, last + 1))
    if re.search(r"^\s*RUN\s+(?:--\S+\s+)*\[", whole, re.IGNORECASE):
        return
    managers = {found.manager for found in build_commands.installs(step)}
    wanted: list[tuple[re.Pattern[str], str, str, str]] = []
    if managers & {"apt", "apt-get"} and step.final and "--no-install-recommends" not in whole:
        wanted.append(
            (_APT, "--no-install-recommends", "only what is asked for", "a package that worked by what it recommends")
        )
    if "apk" in managers and step.final and finished_image.cache_left(step) is not None:
        wanted.append((_APK, "--no-cache", "no list of packages in the image", ""))
    if not any(mount.kind == "cache" for mount in step.mounts) and "--no-cache-dir" not in whole and step.final:
        wanted.append((_PIP, "--no-cache-dir", "no cache of wheels in the image", ""))
    # Behind a comment of the shell nothing more would be run.
    lists = bool(managers & {"apt", "apt-get"}) and step.final and "#" not in lines[last - 1]
    lists = lists and finished_image.cache_left(step) is not None
    for number in range(first, last + 1):
        line, reasons, breaks = lines[number - 1], [], []
        changed = line
        for pattern, option, reason, may_break in wanted:
            new = changed if changed.lstrip().startswith("#") else pattern.sub(rf"\1 {option}", changed)
            if new != changed:
                changed = new
                reasons.append(reason)
                breaks.append(may_break)
        added = [changed]
        if lists and number == last:
            indent = re.match(r"\s*", line)[0] if number > first else " "  # type: ignore[index]  # it fits anything
            added = [f"{changed.rstrip()} {escape}", f"{indent or ' '}&& {_LISTS}"]
            reasons.append("no lists of packages in the image")
        if reasons:
            broken = "; ".join(item for item in breaks if item)
            see = "the program misses a file or a command" if broken else ""
            yield Edit(line=number, removed=1, added=tuple(added), reason="; ".join(reasons), may_break=broken, see=see)


def _copies(recipe: Recipe, lines: list[str]) -> Iterator[Edit]:
    for copy in recipe.copies:
        if copy.at.line is not None and finished_image.needless_add(copy):
            line = re.sub(r"^(\s*)ADD\b", r"\1COPY", lines[copy.at.line - 1], flags=re.IGNORECASE)
            reason = "COPY unpacks and fetches nothing"
            yield Edit(line=copy.at.line, removed=1, added=(line,), reason=reason, may_break="", see="")


def _user(recipe: Recipe, lines: list[str]) -> Iterator[Edit]:
    """Another user right before what the image starts, or at the end."""
    why = finished_image.root_at_end(recipe)
    if not isinstance(why, Known) or not why.value:
        return
    starts = [
        command.at.line for command in recipe.commands if command.at.line and command.at.line > (recipe.user_at.line or 0)
    ]
    at = min(starts, default=len(lines) + 1)
    if at > len(lines) and lines[-1] == "":
        at = len(lines)
    yield Edit(
        line=at,
        removed=0,
        added=(f"USER {USER}",),
        reason="a fault in the program is then not one of root",
        may_break="ports below 1024 on old engines, and files that only root may write or read",
        see="'Permission denied' in its log; give it its files with COPY --chown",
    )
