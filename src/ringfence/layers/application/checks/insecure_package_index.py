"""Packages come from an index that others can speak for.

Over plain http, or from a host whose certificate is not checked, anybody on the way decides what code is installed. With an
extra index pip and others take the highest version of all indexes: whoever registers the name of an internal package on the
public one, with a higher version, gets run in the build (dependency confusion).

An extra index is legitimate where every private name is also held on the public index, or where all is pinned by hash.
"""

from ringfence.layers.application.facts import PackageIndex
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="insecure-package-index",
    severity="high",
    kind="misconfiguration",
    remedy="Use one index over https that proxies the public one; drop `--trusted-host` and `--extra-index-url`.",
    references=(
        "https://pip.pypa.io/en/stable/cli/pip_install/#cmdoption-extra-index-url",
        "https://medium.com/@alex.birsan/dependency-confusion-4a5d60fec610",
    ),
)


def check(subject: PackageIndex) -> Outcome:
    """Whether the place is asked over TLS, and is the only one."""
    if subject.kind == "trusted-host":
        return Broken(because=f"the certificate of {subject.url} is not checked", at=subject.at)
    if subject.url.startswith("http://"):
        return Broken(because=f"{subject.url} is asked without encryption", at=subject.at)
    if "${" in subject.url.partition("://")[0] or subject.url.startswith("$"):
        return Undecided(why="the address is in an environment variable")
    if subject.kind == "extra-index":
        return Broken(
            because=f"{subject.url} is asked besides another index: the higher version wins, whoever published it",
            at=subject.at,
            severity=Severity.MEDIUM,
        )
    return Holds()
