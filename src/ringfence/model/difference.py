"""What two images differ in."""

from ringfence.model.fact import Fact
from ringfence.model.finding import Finding, Problem
from ringfence.model.package import Package

SCHEMA = "ringfence/diff/v1"


class ChangedPackage(Fact):
    """A package that both have, at other versions. `kind` is the purl without its version."""

    kind: str
    before: tuple[str, ...]
    after: tuple[str, ...]


class ChangedSetting(Fact):
    """A setting of the configuration, as JSON; empty where one side has none."""

    name: str
    before: str = ""
    after: str = ""


class Difference(Fact):
    """From the image `before` to the image `after`. `schema` is `SCHEMA`.

    Findings are told apart by rule, place and what was seen; one that only moved to another layer is the same.
    """

    schema: str
    before: str
    after: str
    packages_added: tuple[Package, ...] = ()
    packages_removed: tuple[Package, ...] = ()
    packages_changed: tuple[ChangedPackage, ...] = ()
    settings: tuple[ChangedSetting, ...] = ()
    layers_shared: int = 0
    layers_removed: int = 0
    layers_added: int = 0
    findings_appeared: tuple[Finding, ...] = ()
    findings_gone: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
