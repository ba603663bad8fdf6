"""What a CVE of the stack reaches, what stops it, and what to do.

Every container and pod seen gets a verdict (reachable, mitigated, absent, undecided), precondition by precondition. Looks
at this host and the manifests under PATH, or at saved facts with --stack. --kernel judges the same workloads on another
version of the kernel with the same settings, --target-kernel on the kernel of another node, where it says too what their
capabilities and system calls mean. --what-if
KIND[=DETAIL][@TARGET] supposes a change without making it, and may be repeated: drop-capability=CAP_SYS_ADMIN@shop/web,
seccomp-profile=FILE@shop, seccomp-off, update=runc=1.3.3@node-1, sysctl=user.max_user_namespaces=0.
"""

import argparse
from functools import partial

from ringfence.cli.command import Command
from ringfence.cli.options import judging, one_source, ssvc_table, state, target_kernel
from ringfence.cli.session import Session
from ringfence.engine import assessing, impacts
from ringfence.engine.supposing import Profiles, Question, told_inputs
from ringfence.errors import WrongUsage
from ringfence.fleet.answering import OF_IMPACT, OF_PATHS, opened
from ringfence.formats import seccomp_profile
from ringfence.graph.suppositions import supposition
from ringfence.io.named_file import read as read_file
from ringfence.io.world import Target
from ringfence.model import report
from ringfence.model.change import Change, ChangeKind
from ringfence.model.syscall_filter import SyscallFilter

COMMAND = Command(slug="impact", order=60)
MAX_PROFILE_BYTES = 16 * 1024 * 1024
"""Most that is read of one system call profile: the largest that ship are some 20 KB."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence impact`."""
    parser.add_argument("cve", metavar="CVE", nargs="+", help="CVE-YYYY-NNNN, several if you like")
    parser.add_argument(
        "--path", metavar="PATH", action="append", default=[], help="manifests to judge too (may be repeated)"
    )
    parser.add_argument("--stack", metavar="FILE", action="append", help="judge facts saved earlier (may be repeated)")
    state(parser)
    parser.add_argument("--kernel", metavar="RELEASE", help="what if the hosts ran this kernel, e.g. 5.10.90")
    parser.add_argument("--what-if", metavar="CHANGE", action="append", default=[], help="suppose this (may be repeated)")
    parser.add_argument(
        "--ssvc",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="what depends on this system, for SSVC (may be repeated; or [ssvc] in ringfence.toml): human-impact,"
        " safety-impact, mission-impact, mission-prevalence, public-well-being-impact",
    )
    target_kernel(parser)
    judging(parser)


def run(options: argparse.Namespace) -> int:
    """Finds the CVEs first, so that a wrong one is told before the work; then collects, evaluates, publishes."""
    changes = tuple(supposition(text) for text in options.what_if)
    one_source(options)
    if options.kernel and options.target_kernel:
        raise WrongUsage("--kernel and --target-kernel do not go together", mend="give one of them")
    session = Session(options)
    known = impacts.named(options.cve, session.settings().db)
    told = told_inputs((*(f"{name}={value}" for name, value in ssvc_table(options).items()), *options.ssvc))
    asked = Question(known, options.kernel or "", changes, _profiles(changes), options.db or "", told)
    if options.state:
        return session.publish(_of_fleet(session, asked))
    if options.stack:
        gathered = tuple(item for path in options.stack for item in session.thaw(path))
        target = report.Target(kind="stack", ref=" ".join(options.stack))
    else:
        gathered = session.gather(
            [Target("host", session.world.node), *(Target("manifests", path) for path in options.path)]
        )
        target = report.Target(kind="host", ref=session.world.node)
    return session.publish(assessing.answer(gathered, tuple(session.problems), target, session.settings(), asked))


def _of_fleet(session: Session, asked: Question) -> report.Report:
    """The answer from the fleet's file. Only what is supposed asks for more than a CVE does."""
    with opened(session.options.state) as fleet:
        settings = session.settings()
        kinds = OF_PATHS if asked.changes or settings.kernel else OF_IMPACT
        problems = (*session.problems, *fleet.problems())
        target = report.Target(kind="stack", ref=session.options.state)
        found = assessing.answer_of(fleet.graph(kinds), problems, target, settings, asked)
        fleet.keep()
        session.say(f"{fleet.answers.asked:,} judgements made, {fleet.answers.known:,} known from earlier runs")
    return found


def _profiles(changes: tuple[Change, ...]) -> Profiles:
    """The profiles that the changes name, read."""
    paths = {change.detail for change in changes if change.kind is ChangeKind.SECCOMP_PROFILE}
    return {path: partial(_resolved, seccomp_profile.parse(read_file(path, MAX_PROFILE_BYTES)), path) for path in paths}


def _resolved(profile: seccomp_profile.SeccompProfile, name: str, capabilities: int) -> SyscallFilter:
    return seccomp_profile.resolve(profile, name, capabilities)
