"""One run of a judging command: look, judge, publish. The commands differ only in what they look at."""

import argparse
import os
import sys
from collections.abc import Iterable

from ringfence.cli.files import read_recordings, write_bytes
from ringfence.cli.options import configured
from ringfence.cli.progress import Progress
from ringfence.engine import assessing, collecting, publishing, storeys
from ringfence.engine.storeys import Gathered
from ringfence.engine.target_kernel import of_release, of_stack
from ringfence.formats.ocicrypt import WrappedKey, schemes
from ringfence.graph.target_kernel import TargetKernel
from ringfence.io import clock, result_cache
from ringfence.io.named_file import read as read_file
from ringfence.io.result_cache import ResultCache
from ringfence.io.world import Target, World
from ringfence.model import report as reports
from ringfence.model.finding import Problem
from ringfence.report.style import Style

MAX_STACK_BYTES = 1024 * 1024 * 1024
"""Most that is read of one saved stack: a fleet's node is a few megabytes."""

DB_MAX_AGE = 7
"""Days after which advisories are too old unless `db-max-age` says otherwise."""
MAX_VEX_BYTES = 64 * 1024 * 1024
"""Most that is read of one VEX document."""


class Session:
    """Options, doors and what went wrong so far."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = configured(options)
        # A wrong format is refused before the work, not after it.
        publishing.renderer(getattr(self.options, "format", None) or "table")
        if getattr(self.options, "reissue", None):
            publishing.demand_reissued(self.options.format or "table")
        self.problems: list[Problem] = []
        self.at = clock.now()
        self.progress = Progress(quiet=bool(self.options.quiet))
        self.world = World(
            node=os.uname().nodename,
            today=self.at[:10],
            readers=storeys.readers(),
            cache=None if getattr(self.options, "no_cache", None) else ResultCache(result_cache.default_path(os.environ)),
            offline=bool(getattr(self.options, "offline", None)),
            list_files=bool(getattr(self.options, "recording", None)),
            recipients=_recipients,
            report=self.problems.append,
            progress=self.progress,
        )

    def gather(self, targets: Iterable[Target]) -> tuple[Gathered, ...]:
        """The facts of all targets."""
        found = tuple(item for target in targets for item in collecting.gather(target, self.world))
        self.progress("")
        return found

    def thaw(self, path: str) -> tuple[Gathered, ...]:
        """The facts of a saved stack; what was missing when it was made is missing now."""
        stack, gathered = collecting.thaw(read_file(path, MAX_STACK_BYTES), path)
        self.problems.extend(stack.problems)
        return gathered

    def assess(self, gathered: tuple[Gathered, ...], target: reports.Target) -> reports.Report:
        """The report on everything gathered."""
        return assessing.assess(gathered, tuple(self.problems), target, self.settings())

    def found_nothing(self, where: str, what: str, mend: str) -> None:
        """Keeps that there was nothing to judge: an empty report must not be taken for a clean one."""
        self.problems.append(Problem(where=where, why=f"{what} was found there, so nothing was judged", mend=mend))

    def say(self, text: str) -> None:
        """Talk, on standard error, unless the user wants quiet."""
        if not self.options.quiet:
            print(f"ringfence: {text}", file=sys.stderr)

    def settings(self) -> assessing.Settings:
        """What the engine is told of this run."""
        return assessing.Settings(
            at=self.at,
            db=self.options.db or "",
            db_max_age=DB_MAX_AGE if self.options.db_max_age is None else self.options.db_max_age,
            kernel=self.target_kernel(),
            recording=read_recordings(self.options.recording) if getattr(self.options, "recording", None) else None,
        )

    def target_kernel(self) -> TargetKernel | None:
        """The kernel named by --target-kernel: by its release, or by the saved facts of a node that has it."""
        named = getattr(self.options, "target_kernel", None)
        if not named:
            return None
        return of_stack(self.thaw(named), named) if os.path.exists(named) else of_release(named)

    def publish(self, report: reports.Report) -> int:
        """Applies the user's policy, writes the report where it is wanted, gives the exit status."""
        options = self.options
        told = publishing.with_vex(report, [(path, read_file(path, MAX_VEX_BYTES)) for path in options.vex or ()])
        kept, notes = publishing.with_exceptions(told, _exceptions(options), self.at[:10])
        by_risk = options.sort == "risk"
        kept = publishing.by_risk(kept) if by_risk else kept
        style = Style(
            width=_width(options.output),
            colour=_colour(options.output),
            details=bool(options.details),
            unicode=_speaks_utf8(options.output),
            show_suppressed=bool(options.show_suppressed),
            as_given=by_risk,
            reissued=read_file(options.reissue, MAX_VEX_BYTES).decode("utf-8", "replace") if options.reissue else "",
        )
        text = publishing.render(kept, options.format or "table", options.severity or "", style)
        if options.output:
            write_bytes(options.output, text.encode())
        else:
            sys.stdout.write(text)
        for note in notes if not options.quiet else ():
            print(f"ringfence: {note}", file=sys.stderr)
        return publishing.exit_status(kept, options.fail_on or "")


def _recipients(wrapped: tuple[WrappedKey, ...]) -> tuple[str, ...]:
    """For whom a layer is encrypted; by which schemes alone where the extra that reads them is not installed."""
    try:
        from ringfence.trust.keys import named
    except ModuleNotFoundError:
        return schemes(wrapped)
    return named(wrapped)


def _exceptions(options: argparse.Namespace) -> tuple[str, bytes] | None:
    """The ignore file: the one named, else `.ringfence-ignore` if it is there."""
    path = options.ignore_file or ".ringfence-ignore"
    if not options.ignore_file and not os.path.exists(path):
        return None
    return path, read_file(path, 16 * 1024 * 1024)


def _width(output: str | None) -> int:
    if columns := os.environ.get("COLUMNS", ""):
        return max(40, int(columns)) if columns.isdigit() else 120
    return max(40, os.get_terminal_size(1).columns) if output is None and sys.stdout.isatty() else 120


def _colour(output: str | None) -> bool:
    """https://no-color.org: any non-empty NO_COLOR turns colour off; a dumb terminal has none."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return output is None and sys.stdout.isatty() and not plain


def _speaks_utf8(output: str | None) -> bool:
    return output is not None or (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
