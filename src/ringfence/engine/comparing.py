"""Two images side by side: what came, what went, what changed. Pure; the facts are collected and judged elsewhere."""

import msgspec

from ringfence.engine.storeys import Gathered
from ringfence.model.difference import SCHEMA, ChangedPackage, ChangedSetting, Difference
from ringfence.model.finding import Finding
from ringfence.model.knowledge import Known
from ringfence.model.package import Package
from ringfence.model.report import Report

Image = tuple[tuple[Gathered, ...], Report]
"""The facts of one image, and the report on them."""


def compare(before: Image, after: Image) -> Difference:
    """From one image to another."""
    old, new = _by_kind(before[1].packages), _by_kind(after[1].packages)
    old_layers, new_layers = _layers(before[0]), _layers(after[0])
    shared = next(
        (count for count, pair in enumerate(zip(old_layers, new_layers, strict=False)) if pair[0] != pair[1]),
        min(len(old_layers), len(new_layers)),
    )
    old_findings, new_findings = _by_place(before[1]), _by_place(after[1])
    return Difference(
        schema=SCHEMA,
        before=before[1].target.ref,
        after=after[1].target.ref,
        packages_added=tuple(item for kind in sorted(new.keys() - old.keys()) for item in new[kind]),
        packages_removed=tuple(item for kind in sorted(old.keys() - new.keys()) for item in old[kind]),
        packages_changed=tuple(
            ChangedPackage(kind=kind, before=_versions(old[kind]), after=_versions(new[kind]))
            for kind in sorted(old.keys() & new.keys())
            if _versions(old[kind]) != _versions(new[kind])
        ),
        settings=_settings(before[0], after[0]),
        layers_shared=shared,
        layers_removed=len(old_layers) - shared,
        layers_added=len(new_layers) - shared,
        findings_appeared=tuple(item for place, item in new_findings.items() if place not in old_findings),
        findings_gone=tuple(item for place, item in old_findings.items() if place not in new_findings),
        problems=tuple(dict.fromkeys((*before[1].status.problems, *after[1].status.problems))),
    )


def _by_kind(packages: tuple[Package, ...]) -> dict[str, list[Package]]:
    """By purl without version and qualifiers, and by architecture: what is one package to whoever installs it."""
    found: dict[str, list[Package]] = {}
    for package in packages:
        kind = package.purl.partition("?")[0].rpartition("@")[0]
        found.setdefault(f"{kind}?arch={package.arch}" if package.arch else kind, []).append(package)
    return found


def _versions(packages: list[Package]) -> tuple[str, ...]:
    return tuple(sorted({package.version for package in packages}))


def _layers(gathered: tuple[Gathered, ...]) -> list[str]:
    return [layer.diff_id for item in gathered for layer in getattr(item.facts, "layers", ())]


def _settings(before: tuple[Gathered, ...], after: tuple[Gathered, ...]) -> tuple[ChangedSetting, ...]:
    old, new = _configuration(before), _configuration(after)
    return tuple(
        ChangedSetting(name=name, before=old.get(name, ""), after=new.get(name, ""))
        for name in sorted(old.keys() | new.keys())
        if old.get(name, "") != new.get(name, "")
    )


def _configuration(gathered: tuple[Gathered, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in gathered:
        config = getattr(item.facts, "config", None)
        if isinstance(config, Known) and isinstance(config.value, msgspec.Struct):
            for name in config.value.__struct_fields__:
                found[name] = msgspec.json.encode(getattr(config.value, name)).decode()
    return found


def _by_place(report: Report) -> dict[tuple[str, ...], Finding]:
    """The package's version is part of what was seen: an update that mends nothing is no change of a finding."""
    found: dict[tuple[str, ...], Finding] = {}
    for item in report.findings:
        package = item.package.name if item.package else ""
        seen = "" if item.package else item.description
        found.setdefault((item.rule, item.location.path, item.location.field, package, seen), item)
    return found
