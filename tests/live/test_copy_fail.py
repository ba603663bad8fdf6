# ruff: noqa: T201 - the table is what this test is for
"""Copy Fail's primitive, `socket(AF_ALG)`, tried for real under every profile of the matrix in `docs/copy-fail.md`.

Natively and through the 32-bit socketcall; what the kernel lets through must be what the graph says of the profile. Only the
socket is asked for: nothing is bound, nothing is written.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from docs.computed import copy_fail

from ringfence.formats import seccomp_document
from ringfence.graph.preconditions import evaluate
from ringfence.graph.subject import Subject
from ringfence.io.world import Target, World
from ringfence.knowledge.default_containers import default_container
from ringfence.layers.kernel.collect import running_kernel
from ringfence.model.confinement import Confinement
from ringfence.model.knowledge import Known
from ringfence.model.stack_cve import CanOpenSocket
from ringfence.model.syscall_filter import UNCONFINED, Passage, SyscallFilter, passage
from worlds import prober
from worlds.prober import FILTERED, Told

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(bool(prober.MISSING), reason=f"missing: {', '.join(prober.MISSING)}"),
]

AF_ALG = 38


def profiles() -> dict[str, SyscallFilter]:
    """Every filter of the matrix by its name."""
    found = {"unconfined": UNCONFINED, "custom": copy_fail.custom()}
    for engine, version in copy_fail.ENGINES:
        rules = default_container(engine, version).confinement.syscalls
        assert isinstance(rules, Known)
        found[f"{engine}-{version}"] = rules.value
    return found


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Told]]:
    """What the prober said under each filter; the filters are written down as OCI JSON by our own code."""
    folder = tmp_path_factory.mktemp("copy-fail")
    wanted: dict[str, tuple[str, ...]] = {}
    for name, rules in profiles().items():
        file = folder / f"{name}.json"
        file.write_bytes(seccomp_document.oci(rules))
        wanted[name] = ("--network=none", f"--security-opt=seccomp={file}")
    program = prober.build(folder)
    with (
        prober.image(program, f"localhost/rfkn-copy-fail:{os.getpid()}") as image,
        prober.started(image, wanted, f"rfkn-cf-{os.getpid()}-") as started,
    ):
        yield {name: prober.answers(container) for name, container in started.items()}


def test_the_primitive_is_stopped_where_the_graph_says_so(told: dict[str, Told], capsys: pytest.CaptureFixture[str]) -> None:
    (facts,) = running_kernel.collect(Target("host", "localhost"), World(node="here", today="2026-11-24"))
    lines = [f"{'profile':20}{'socket(AF_ALG)':>16}{'socketcall':>16}{'the graph':>12}"]
    for name, rules in profiles().items():
        seen = told[name]
        native, compat = (seen[f"{call}:AF_ALG"] not in FILTERED for call in ("socket", "socketcall"))
        subject = Subject(Confinement(syscalls=Known(rules)), facts.kernel)
        says = evaluate(CanOpenSocket(family="AF_ALG"), subject)
        words = {True: "passes", False: "stopped"}
        lines.append(f"{name:20}{words[native]:>16}{words[compat]:>16}{'open' if says.met else 'stopped':>12}")
        assert (passage(rules, "socket", {0: AF_ALG}) is Passage.ALLOWED) == native, name
        assert says.met is (native or compat), name
    with capsys.disabled():
        print("\n" + "\n".join(lines))


def test_the_profile_beside_the_page_lets_other_sockets_through(told: dict[str, Told]) -> None:
    seen = told["custom"]
    assert all(seen[f"socket:{family}"] not in FILTERED for family in ("AF_UNIX", "AF_INET", "AF_NETLINK", "AF_VSOCK"))
    assert seen["socket:AF_ALG"] in FILTERED
    assert Path(copy_fail.PROFILE).exists()
