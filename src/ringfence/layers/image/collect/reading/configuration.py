"""What the configuration says: how the image wants to run, its history, and the secrets in both."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ringfence.formats.oci_image import Configuration, RunConfig
from ringfence.formats.secret_patterns import SecretMatch, SecretScanner
from ringfence.layers.image.facts import ImageConfig, SecretHit
from ringfence.model.location import Location

MAX_LINE = 64 * 1024
"""Characters searched of one history line, environment entry or label."""

_ASSIGNMENT = re.compile(r"""(?<![\w.-])([A-Za-z_][\w.-]{0,100})=("[^"\n]{0,4000}"|'[^'\n]{0,4000}'|[^\s"']{1,4000})""")
# Lines that assign: Dockerfile's ENV, ARG and LABEL, and the arguments that builders write before a RUN (`|1 A=b`).
_ASSIGNING = re.compile(r"^(?:/bin/sh -c #\(nop\)\s+)?(?:ENV|ARG|LABEL)\s|\|\d+ ")


# As BuildKit writes it, as the classic builder does (`#(nop)`), and as buildah does.
_ENDING = re.compile(r"^(?:/bin/sh -c #\(nop\)\s+)?(?:CMD|ENTRYPOINT)\b")


class Step(NamedTuple):
    """A line of history with its secrets struck out; `layer` is None for one that made no layer."""

    text: str
    layer: int | None


class Searched(NamedTuple):
    """The configuration after the search."""

    steps: tuple[Step, ...]
    secrets: tuple[SecretHit, ...]


def described(configuration: Configuration) -> ImageConfig:
    """How the image wants to run; of the environment the names only."""
    run = configuration.config or RunConfig()
    return ImageConfig(
        user=run.user or "",
        environment=tuple(entry.partition("=")[0] for entry in run.env or ()),
        entrypoint=tuple(run.entrypoint or ()),
        command=tuple(run.cmd or ()),
        exposed_ports=tuple(sorted(run.exposed_ports or {})),
        volumes=tuple(sorted(run.volumes or {})),
        working_directory=run.working_dir or "",
        labels=tuple(sorted(run.labels or {})),
        has_health_check=bool(run.healthcheck and run.healthcheck.test and run.healthcheck.test != ("NONE",)),
    )


def base_layers(configuration: Configuration) -> int | None:
    """How many layers the base image has; None if the history does not tell.

    An image is finished by its CMD or ENTRYPOINT, so layers made after such a line are of an image built on it. A base
    without either, and one whose history was squashed away, cannot be told.
    """
    layers, base = 0, None
    ended: int | None = None
    for line in configuration.history or ():
        if not line.empty_layer:
            base = ended if ended is not None else base
            layers += 1
        elif _ENDING.search(line.created_by or ""):
            ended = layers or None
    return base


def searched(configuration: Configuration, diff_ids: tuple[str, ...], scanner: SecretScanner) -> Searched:
    """Every environment entry, label, command word and history line, searched for secrets."""
    run = configuration.config or RunConfig()
    hits: list[SecretHit] = []
    values: set[str] = set()
    for index, entry in enumerate(run.env or ()):
        name, _, value = entry[:MAX_LINE].partition("=")
        if found := scanner.scan_named(name, value):
            values.add(value)
            at = Location(field=f"config.Env[{index}] {name}")
            hits.extend(_hit(match, "environment", at) for match in found)
    for name, value in sorted((run.labels or {}).items()):
        if found := scanner.scan_named(name[:200], value[:MAX_LINE]):
            values.add(value)
            hits.extend(_hit(match, "label", Location(field=f"config.Labels[{name[:200]}]")) for match in found)
    for field, words in (("Entrypoint", run.entrypoint), ("Cmd", run.cmd)):
        for index, word in enumerate(words or ()):
            found = scanner.scan(word[:MAX_LINE].encode("utf-8", "backslashreplace"))
            hits.extend(_hit(match, "command", Location(field=f"config.{field}[{index}]")) for match in found)
    known = {hit.fingerprint for hit in hits}
    steps, in_history = _history(configuration, diff_ids, scanner, values)
    return Searched(steps, (*hits, *(hit for hit in in_history if hit.fingerprint not in known)))


def _history(
    configuration: Configuration, diff_ids: tuple[str, ...], scanner: SecretScanner, values: set[str]
) -> tuple[tuple[Step, ...], list[SecretHit]]:
    steps: list[Step] = []
    hits: list[SecretHit] = []
    layer = 0
    for index, line in enumerate(configuration.history or ()):
        text = (line.created_by or line.comment or "")[:MAX_LINE]
        struck, matches = _struck(text, scanner, values)
        here = None if line.empty_layer or layer >= len(diff_ids) else layer
        at = Location(
            field=f"history[{index}].created_by",
            layer_index=here,
            layer_digest=diff_ids[here] if here is not None else "",
            created_by=struck,
        )
        hits.extend(_hit(match, "history", at) for match in matches)
        steps.append(Step(struck, here))
        layer += not line.empty_layer
    return tuple(steps), hits


def _struck(text: str, scanner: SecretScanner, values: set[str]) -> tuple[str, list[SecretMatch]]:
    """A line without its secrets, and what they were."""
    matches: dict[str, SecretMatch] = {}
    struck = text
    # The longest first, so that no part of a secret is left by striking a shorter one in it.
    for value, found in (*_assigned(text, scanner), *scanner.find(text)):
        matches.setdefault(found.fingerprint, found)
        values = {*values, value}
    for value in sorted(values, key=len, reverse=True):
        struck = struck.replace(value, "***") if len(value) >= 4 else struck
    return struck, list(matches.values())


def _assigned(text: str, scanner: SecretScanner) -> Iterator[tuple[str, SecretMatch]]:
    if _ASSIGNING.search(text[:200]):
        for assignment in _ASSIGNMENT.finditer(text):
            value = assignment[2].strip("\"'")
            for match in scanner.scan_named(assignment[1], value):
                yield value, match


def _hit(match: SecretMatch, place: str, at: Location) -> SecretHit:
    return SecretHit(
        rule=match.rule,
        title=match.title,
        place=place,
        shown=match.redacted,
        fingerprint=match.fingerprint,
        severity=match.severity,
        at=at,
    )
