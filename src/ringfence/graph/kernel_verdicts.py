"""What a kernel CVE without known preconditions is to a kernel: its versions and its code decide, nothing is guessed.

Such a record says which versions and which files, and not what an attacker must do. So it can be ruled out, or stay open;
it is never called reachable.
"""

from ringfence.graph.kernel_code import Code, Presence
from ringfence.model.finding import Severity, Verdict, VerdictStatus
from ringfence.model.kernel_cve import KernelCve
from ringfence.model.knowledge import Known, Maybe
from ringfence.model.stack_cve import Actor, AttackerActs, Confidence, NeedsFact, SharesHostKernel, Source, StackCve, Way

GIT_WEB = "https://git.kernel.org/pub/scm/linux/security/vulns.git/tree/cve/published"


def kernel_verdict(affected: Maybe[bool], because: str, where: Code) -> Verdict:
    """The verdict on one host. `because` says why the version is affected or not."""
    if affected == Known(False):
        return Verdict(status=VerdictStatus.ABSENT, because=(because,))
    if where.presence is Presence.ABSENT:
        return Verdict(status=VerdictStatus.ABSENT, because=(where.because,))
    if where.presence is Presence.BARRED:
        return Verdict(status=VerdictStatus.MITIGATED, because=(where.because,))
    return Verdict(status=VerdictStatus.UNDECIDED, because=(because, where.because))


def as_stack_cve(record: KernelCve) -> StackCve:
    """A record in the form that impact is asked with: one way, whose conditions nobody has written down."""
    year = record.id.split("-")[1]
    fix = f"Linux {record.mainline_fix}" if record.mainline_fix else "a kernel with the fix"
    branches = ", ".join(record.stable.values())
    return StackCve(
        id=record.id,
        title=record.title or record.id,
        component="linux",
        gain="not rated",
        severity=Severity.UNKNOWN,
        ranges=(),
        ways=(
            Way(
                name="the faulty code is reached",
                preconditions=(
                    SharesHostKernel(),
                    AttackerActs(what="runs code in the container", by=Actor.INSIDE),
                    NeedsFact(what="what it takes to reach the code; the kernel's record names versions and files only"),
                ),
            ),
        ),
        remedy=f"Update to {fix}" + (f", or to the fixed version of its branch ({branches})." if branches else "."),
        confidence=Confidence.LOW,
        sources=(
            Source(url=f"{GIT_WEB}/{year}/{record.id}.json", tells=("title", "component", "remedy")),
            *(Source(url=url) for url in record.references),
        ),
    )
