"""Laws of capabilities(7), and its own examples. `tests/live` compares with the kernel."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ringfence.model.confinement import CapabilitySets
from ringfence.model.execve import PLAIN, Credentials, NotPermitted, Program, after_execve

MASKS = st.integers(0, 255)
UIDS = st.sampled_from([0, 1000, 2000])


@st.composite
def carried(draw: st.DrawFn) -> Credentials:
    """Credentials the kernel lets a process have: effective within permitted, ambient within permitted and inheritable."""
    permitted, inheritable = draw(MASKS), draw(MASKS)
    return Credentials(
        sets=CapabilitySets(
            effective=draw(MASKS) & permitted,
            permitted=permitted,
            inheritable=inheritable,
            bounding=draw(MASKS),
            ambient=draw(MASKS) & permitted & inheritable,
        ),
        real_uid=draw(UIDS),
        effective_uid=draw(UIDS),
        no_new_privileges=draw(st.booleans()),
        no_root=draw(st.booleans()),
    )


PROGRAMS = st.builds(
    Program,
    has_capabilities=st.just(True),
    permitted=MASKS,
    inheritable=MASKS,
    effective=st.booleans(),
    set_uid=st.one_of(st.none(), UIDS),
    honoured=st.booleans(),
)
ALL_PROGRAMS = st.one_of(PROGRAMS, st.builds(Program, set_uid=st.one_of(st.none(), UIDS), honoured=st.booleans()))


@given(carried(), ALL_PROGRAMS)
def test_what_the_kernel_keeps_true_stays_true(before: Credentials, program: Program) -> None:
    after = after_execve(before, program)
    if isinstance(after, NotPermitted):
        assert program.effective
        return
    sets = after.sets
    assert not sets.effective & ~sets.permitted
    assert not sets.ambient & ~(sets.permitted & sets.inheritable)
    assert (sets.bounding, sets.inheritable) == (before.sets.bounding, before.sets.inheritable)
    assert not sets.permitted & ~(before.sets.bounding | before.sets.inheritable | before.sets.ambient)


@given(carried(), ALL_PROGRAMS)
def test_no_new_privileges_gains_nothing(before: Credentials, program: Program) -> None:
    after = after_execve(replace(before, no_new_privileges=True), program)
    if isinstance(after, Credentials):
        assert not after.sets.permitted & ~before.sets.permitted
        assert after.effective_uid in (before.effective_uid, before.real_uid)


@given(carried(), PROGRAMS)
def test_a_nosuid_mount_makes_every_file_plain(before: Credentials, program: Program) -> None:
    here = replace(program, honoured=False)
    assert after_execve(before, here) == after_execve(before, PLAIN)


@given(carried())
def test_a_user_keeps_only_what_is_ambient(before: Credentials) -> None:
    user = replace(before, real_uid=1000, effective_uid=1000)
    after = after_execve(user)
    assert isinstance(after, Credentials)
    assert after.sets.permitted == after.sets.effective == after.sets.ambient == user.sets.ambient


@given(carried())
def test_root_gets_its_bounding_set_unless_it_is_a_user_like_others(before: Credentials) -> None:
    root = replace(before, real_uid=0, effective_uid=0, no_new_privileges=False)
    after = after_execve(root)
    assert isinstance(after, Credentials)
    wanted = root.sets.ambient if root.no_root else root.sets.bounding | root.sets.inheritable | root.sets.ambient
    assert after.sets.permitted == after.sets.effective == wanted


def test_a_file_gives_what_the_bounding_set_lets_it() -> None:
    user = Credentials(sets=CapabilitySets(bounding=0b0111, inheritable=0b1000), real_uid=1000, effective_uid=1000)
    dumb = Program(has_capabilities=True, permitted=0b0001, inheritable=0b1100, effective=True)
    after = after_execve(user, dumb)
    assert isinstance(after, Credentials)
    assert after.sets.permitted == after.sets.effective == 0b1001
    assert isinstance(after_execve(user, Program(has_capabilities=True, permitted=0b11001, effective=True)), NotPermitted)
