"""Recordings for the tests of this folder: made by Hypothesis out of a small world, so that they meet."""

from typing import TypeVar

from hypothesis import strategies as st

from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.recording import (
    Access,
    ArgumentUse,
    CallUse,
    CapabilityUse,
    Entry,
    FileUse,
    Method,
    Phase,
    Recording,
    Refusal,
    Run,
    SocketUse,
)
from ringfence.record.merging import merge

T = TypeVar("T")

CALLS = ("read", "write", "openat", "clone", "socket", "ioctl", "prctl", "execve", "exit_group")
PHASES = st.sampled_from(Phase)
EXECUTABLES = st.lists(st.sampled_from(["/bin/a", "/bin/b", "/bin/c"]), unique=True, max_size=2).map(
    lambda names: tuple(sorted(names))
)


@st.composite
def runs(draw: st.DrawFn) -> Run:
    identity = draw(st.sampled_from(["r1", "r2", "r3", "r4"]))
    return Run(
        id=identity,
        subject=f"command {identity}",
        method=Method.EBPF,
        started="2026-11-24T00:00:00Z",
        seconds=float(len(identity)),
        kernel="6.18.0",
        machine="x86_64",
        ringfence="0",
    )


@st.composite
def recordings(draw: st.DrawFn) -> Recording:
    run = draw(runs())
    calls = st.builds(
        CallUse,
        name=st.sampled_from(CALLS),
        phase=PHASES,
        entry=st.sampled_from([Entry.NATIVE, Entry.I386]),
        executables=EXECUTABLES,
        runs=st.just((run.id,)),
    )
    arguments = st.builds(
        ArgumentUse,
        name=st.just("ioctl"),
        phase=PHASES,
        values=st.integers(0, (1 << 64) - 1).map(lambda value: ((1, value),)),
    )
    capabilities = st.builds(
        CapabilityUse,
        name=st.sampled_from(["CAP_CHOWN", "CAP_SETUID"]),
        phase=PHASES,
        had=st.booleans(),
        calls=st.just(("chown",)),
        executables=EXECUTABLES,
        runs=st.just((run.id,)),
    )
    files = st.builds(
        FileUse,
        path=st.sampled_from(["/etc/passwd", "/var/run/x", "/tmp/1"]),
        access=st.sampled_from(Access),
        phase=PHASES,
        executables=EXECUTABLES,
    )
    sockets = st.builds(
        SocketUse, operation=st.just("bind"), family=st.just("AF_INET"), phase=PHASES, port=st.integers(0, 65535)
    )
    refusals = st.builds(Refusal, name=st.sampled_from(CALLS), phase=PHASES)

    def maybe(values: st.SearchStrategy[T]) -> st.SearchStrategy[Maybe[tuple[T, ...]]]:
        return st.one_of(st.just(Unknown("not seen")), st.lists(values, max_size=4).map(lambda found: Known(tuple(found))))

    raw = Recording(
        runs=(run,),
        calls=tuple(draw(st.lists(calls, max_size=6))),
        arguments=draw(maybe(arguments)),
        capabilities=draw(maybe(capabilities)),
        files=draw(maybe(files)),
        sockets=draw(maybe(sockets)),
        refusals=draw(maybe(refusals)),
    )
    # One merged with nothing is in order and without repetition, as the recorder writes it.
    return merge([raw])
