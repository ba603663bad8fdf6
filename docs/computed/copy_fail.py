"""The page on CVE-2026-31431 (Copy Fail): which engine, profile and module leave it open. Everything in it is computed."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from docs.computed import hosts

from ringfence.formats import seccomp_profile
from ringfence.graph.default_profiles import stopped_by_defaults
from ringfence.knowledge.default_containers import default_container, default_containers
from ringfence.knowledge.stack_cves import stack_cve
from ringfence.model.component import Component
from ringfence.model.finding import VerdictStatus
from ringfence.model.knowledge import Known
from ringfence.model.stack_cve import StackCve
from ringfence.model.syscall_filter import UNCONFINED, Passage, SyscallFilter, passage

PAGE = "copy-fail.md"
PROFILE = Path(__file__).parents[1] / "copy-fail-seccomp.json"
KERNEL = "6.12.50"
"""A kernel with the fault: it came in 4.14, and 6.12 has the fix from 6.12.85 on."""

ENGINES = (
    ("docker", "29.4.1"),
    ("docker", "29.4.2"),
    ("docker", "29.4.3"),
    ("containerd", "2.2.3"),
    ("containerd", "2.2.4"),
    ("podman", "4.3.1"),
)
OPTION = "CONFIG_CRYPTO_USER_API_AEAD"
AF_ALG = 38


class Cell(NamedTuple):
    """One question and its answer."""

    engine: str
    version: str
    profile: str
    module: bool
    calls32: bool
    status: VerdictStatus


def cve() -> StackCve:
    """The entry of the knowledge base."""
    found = stack_cve("CVE-2026-31431")
    if found is None:
        raise LookupError("CVE-2026-31431")
    return found


def custom() -> SyscallFilter:
    """The profile beside this page, which refuses what Copy Fail needs and nothing else."""
    return seccomp_profile.resolve(seccomp_profile.parse(PROFILE.read_bytes()), PROFILE.name, 0)


def matrix() -> Iterator[Cell]:
    """{engine and version} x {default, unconfined, custom} x {module there, not there} x {32-bit calls, none}."""
    component = Component(name="linux", node="host", version=Known(KERNEL))
    for engine, version in ENGINES:
        default = default_container(engine, version).confinement
        filters = {"default": default.syscalls, "unconfined": Known(UNCONFINED), "custom": Known(custom())}
        for name, rules in filters.items():
            for module in (True, False):
                for calls32 in (True, False):
                    missing = [] if module else [OPTION]
                    missing += [] if calls32 else ["CONFIG_IA32_EMULATION"]
                    kernel = hosts.open_kernel(KERNEL, frozenset(missing))
                    container = hosts.replaced(default, syscalls=rules)
                    yield Cell(engine, version, name, module, calls32, hosts.verdict(cve(), container, kernel, component))


INTRODUCTION = """# Copy Fail (CVE-2026-31431): what the answer hangs on

Computed by `make gen` from the knowledge base, the shipped default profiles and the graph; nothing here is typed in.
`tests/live/test_copy_fail.py` tries the primitive in real containers under each of these profiles.

{title}. A container needs the module `algif_aead`, a socket of AF_ALG, and the calls `bind` and `splice`; no capability and
no namespace.

## Which default profile stops it

A mitigation is a versioned fact. `socket(AF_ALG)` is the native call; `socketcall` is its 32-bit form, whose arguments lie
in memory, where no seccomp filter sees them. An x86-64 kernel with CONFIG_IA32_EMULATION takes it from any program.

| engine | versions | `socket(AF_ALG)` | 32-bit `socketcall` | stops Copy Fail by default |
| --- | --- | --- | --- | --- |"""

MATRIX = """
Kubernetes starts a pod without a profile unless the pod or the kubelet (`seccompDefault`) asks for one: then *unconfined*
below holds, whatever the runtime's version.

These tables have no security module. Docker 29.4.2 refused `socketcall`, which broke 32-bit programs; 29.4.3 lets it through
and has AppArmor (`deny network alg`) and SELinux refuse the socket itself ([moby/moby#52547]). Without either module on the
host its default is open again, as containerd's is, whose change left `socketcall` out ([containerd/containerd#13327]). Where
a module enforces a profile, Ringfence answers *undecided*: it does not read yet what the loaded profile says.

[moby/moby#52547]: https://github.com/moby/moby/pull/52547
[containerd/containerd#13327]: https://github.com/containerd/containerd/pull/13327

## The matrix

Linux {kernel}, which has the fault. *custom* is [{profile}]({profile}), which refuses `socket(AF_ALG)` and `socketcall`. It
leaves x32 out on purpose: with it, runc 1.1.5 and libseccomp 2.5.4 let the native `socket(AF_ALG)` through (tried).

| engine | profile | module | with 32-bit calls | without |
| --- | --- | --- | --- | --- |"""


def lines() -> Iterator[str]:
    """The page."""
    yield INTRODUCTION.format(title=cve().title)
    containers = default_containers()
    for container, found in zip(containers, stopped_by_defaults(cve(), containers), strict=True):
        rules = container.confinement.syscalls
        if isinstance(rules, Known):
            versions = "; ".join(str(span) for span in container.spans)
            native, compat = passage(rules.value, "socket", {0: AF_ALG}), passage(rules.value, "socketcall")
            answer = {True: "yes", False: "no", None: "it depends"}[found.stops]
            if found.stops is False and native is Passage.DENIED:
                answer = "only without 32-bit calls"
            yield f"| {container.engine} | {versions} | {native} | {compat} | {answer} |"
    yield MATRIX.format(kernel=KERNEL, profile=PROFILE.name)
    cells = {cell[:5]: cell.status for cell in matrix()}
    for (engine, version, profile, module, calls32), status in cells.items():
        if calls32:
            other = cells[(engine, version, profile, module, False)]
            yield f"| {engine} {version} | {profile} | {'there' if module else 'not there'} | {status} | {other} |"
    yield ""


def page() -> bytes:
    """The page as it is written."""
    return "\n".join(lines()).encode()
