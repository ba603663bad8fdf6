"""How ecosystems spell names: one spelling per package and per ecosystem, so that equal things are equal text.

Source: PyPA "Names and normalization" (PEP 503); Go's module paths and npm's names are case-sensitive and stand as they
are; OSV schema, "Defined ecosystems" (the release after the colon).
"""

import re

_RUNS = re.compile(r"[-_.]+")


def family(ecosystem: str) -> str:
    """The ecosystem without its release: `Debian` of `Debian:12`."""
    return ecosystem.partition(":")[0]


def ecosystem_key(ecosystem: str) -> str:
    """The spelling under which advisories are kept: Ubuntu's `:LTS` says nothing that the release does not."""
    return ecosystem.removesuffix(":LTS") if family(ecosystem) == "Ubuntu" else ecosystem


def package_key(ecosystem: str, name: str) -> str:
    """The spelling of a package name under which advisories are kept."""
    return _RUNS.sub("-", name).lower() if ecosystem == "PyPI" else name
