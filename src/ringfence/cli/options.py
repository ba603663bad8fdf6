"""The options that every judging command shares, and `ringfence.toml`, which answers those the command line leaves open."""

import argparse
import os
import tomllib

from ringfence.errors import UnreadableInput, WrongUsage

SEVERITIES = ("critical", "high", "medium", "low", "negligible")
ORDERS = ("severity", "risk")
CONFIGURATION = "ringfence.toml"
KEYS = {
    "db": str,
    "db-max-age": int,
    "details": bool,
    "effort": dict,
    "fail-on": str,
    "format": str,
    "ignore-file": str,
    "offline": bool,
    "output": str,
    "quiet": bool,
    "severity": str,
    "show-suppressed": bool,
    "sort": str,
    "ssvc": dict,
}
"""Keys of `ringfence.toml` (long options without their dashes), and what each must be."""


def judging(parser: argparse.ArgumentParser) -> None:
    """Adds the options of every command that gives a report."""
    # Every default is None, so that the configuration file can tell what the command line left open.
    add = parser.add_argument
    add("--format", metavar="FORMAT", help="table (default), json, cyclonedx or spdx")
    add("--output", "-o", metavar="FILE", help="write the report there instead of to standard output")
    add("--fail-on", metavar="SEVERITY", choices=SEVERITIES, help="exit 1 if a finding is this bad or worse")
    add("--severity", metavar="SEVERITY", choices=SEVERITIES, help="show only findings this bad or worse")
    add(
        "--sort",
        metavar="ORDER",
        choices=ORDERS,
        help="severity (default) or risk: with EPSS, KEV and SSVC, see docs/risk.md",
    )
    add("--ignore-file", metavar="FILE", help="exceptions with reasons (default: .ringfence-ignore, if it is there)")
    add("--vex", metavar="FILE", action="append", help="what VEX documents say (OpenVEX, CSAF, CycloneDX); may be repeated")
    add("--reissue", metavar="FILE", help="VEX out: take the place of this earlier document, with the next version")
    add("--db", metavar="FILE", help="the advisory store (default: $RINGFENCE_DB, else the user's data folder)")
    add("--db-max-age", metavar="DAYS", type=int, help="say so if advisories are older (default: 7; 0: never)")
    add("--offline", action="store_true", default=None, help="never use the network")
    add("--quiet", "-q", action="store_true", default=None, help="no talk on standard error")
    add("--details", action="store_true", default=None, help="show evidence, remedies and references too")
    covered = "list what is covered too, with the reason: by exceptions, by the package that owns it"
    add("--show-suppressed", "--all", action="store_true", default=None, help=covered)
    add("--config", metavar="FILE", help=f"configuration file (default: {CONFIGURATION}, if it is there)")


def state(parser: argparse.ArgumentParser) -> None:
    """Adds the option of commands that can answer from the fleet's file."""
    parser.add_argument("--state", metavar="FILE", help="answer from the stacks that 'ringfence fleet take' keeps there")


def one_source(options: argparse.Namespace) -> None:
    """Demands that facts are asked of one source: what is seen here, saved stacks, or the fleet. Raises `WrongUsage`."""
    given = [name for name in ("--stack", "--state") if getattr(options, name.removeprefix("--"))]
    given += ["a path"] if options.path else []
    if len(given) > 1:
        raise WrongUsage(f"{' and '.join(given)} do not go together", mend="collect the paths into a stack of their own")


def target_kernel(parser: argparse.ArgumentParser) -> None:
    """Adds the option of commands that judge workloads against another node's kernel."""
    parser.add_argument(
        "--target-kernel",
        metavar="RELEASE|FILE",
        help="judge as if on this kernel: a release (5.15.90), or facts of a node saved by 'ringfence collect'",
    )


def configured(options: argparse.Namespace) -> argparse.Namespace:
    """The options, those left open taken from the configuration file. Raises `UnreadableInput`, `WrongUsage`."""
    path = options.config or CONFIGURATION
    if not options.config and not os.path.exists(path):
        return options
    for key, value in _read(path).items():
        kind = KEYS.get(key)
        if kind is None:
            raise WrongUsage(f"has an unknown key {key!r}", where=path, mend=f"known are {', '.join(KEYS)}")
        if not isinstance(value, kind):
            raise WrongUsage(f"{key} must be a {kind.__name__}", where=path, mend="correct it")
        if key in ("fail-on", "severity") and value not in SEVERITIES:
            raise WrongUsage(f"{key} is {value!r}", where=path, mend=f"give one of {', '.join(SEVERITIES)}")
        if key == "sort" and value not in ORDERS:
            raise WrongUsage(f"sort is {value!r}", where=path, mend=f"give one of {', '.join(ORDERS)}")
        name = key.replace("-", "_")
        if key == "effort":
            _check_effort(value, path)
        if key == "ssvc":
            name = "ssvc_table"  # `--ssvc` adds to it, and goes before it
        if getattr(options, name, None) is None:
            setattr(options, name, value)
    return options


def effort_table(options: argparse.Namespace) -> dict[str, float]:
    """The `[effort]` table of the configuration: hours by kind of change; empty where there is none."""
    return dict(getattr(options, "effort", None) or {})


def ssvc_table(options: argparse.Namespace) -> dict[str, str]:
    """The `[ssvc]` table of the configuration: what depends on this system; empty where there is none."""
    return {name: str(value) for name, value in (getattr(options, "ssvc_table", None) or {}).items()}


def _check_effort(value: object, path: str) -> None:
    for kind, hours in value.items() if isinstance(value, dict) else ():
        if not isinstance(hours, int | float) or isinstance(hours, bool) or hours <= 0:
            raise WrongUsage(f"effort {kind} is {hours!r}", where=path, mend="give hours, more than 0")


def _read(path: str) -> dict[str, object]:
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except OSError as cause:
        raise UnreadableInput(cause.strerror or str(cause), where=path, mend="name another with --config") from cause
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise UnreadableInput(f"is not TOML: {cause}", where=path, mend="correct it") from cause
