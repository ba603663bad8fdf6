"""The programs that watch: processes, system calls, capabilities. Assembled for one kernel's layout; pure.

Registers, once a process is known to be watched: R7 its entry in the map of tasks, R8 its `task_struct`.
"""

from collections.abc import Callable, Mapping

from ringfence.formats.bpf_code import FP, R0, R1, R2, R3, R4, R6, R7, R8, R9, Helper, Program
from ringfence.model.fact import Fact
from ringfence.record import tables
from ringfence.record.layout import TS_COMPAT, GroupLayout, Layout
from ringfence.record.tables import Count, Stage, Start, Table

NO_REPLACE = 1
"""BPF_NOEXIST: add, but leave alone what is there."""
EEXIST = -17
EINPROGRESS = -115
ENOSYS = -38
EPERM = -1
ERROR_SIGN = 63
CAP_SYS_ADMIN = 21
OVERCOMMIT_FRAMES = 6
"""Return addresses looked at to see that a check for CAP_SYS_ADMIN is only the memory accounting's."""
X32_BIT = 0x40000000

# Places on the stack, from its end.
TGID, INDEX, REASON, NUMBER, WORD = -4, -12, -20, -28, -40


class Parts(Fact):
    """What programs are made for: the kernel's layout, the maps, the calls of which a path is kept (see `classes`).

    `overcommit` is where the kernel's memory accounting lies, from and to (0, 0 if it is not told). `pid_namespace` is the
    number of one whose every new program is to be watched, or 0. `groups` is the hierarchy of those control groups whose
    new programs are to be watched, `outside` the pid namespace of those that only set a container up (0 if that is the
    workload's own).
    """

    layout: Layout
    maps: dict[Table, int]
    overcommit: tuple[int, int] = (0, 0)
    pid_namespace: int = 0
    groups: GroupLayout | None = None
    outside: int = 0
    listen: int = 50


def classes(native: Mapping[str, int], i386: Mapping[str, int]) -> bytes:
    """What to do at each call, two bytes a call: which arguments to keep on entry (bits), what to look at on return.

    First the native calls by number, then the 32-bit ones.
    """
    rows = bytearray(2 * 2 * tables.CALLS)
    for base, numbers in ((0, native), (tables.CALLS, i386)):
        for name, arguments in tables.ARGUMENTS_RECORDED.items():
            if (number := numbers.get(name, tables.CALLS)) < tables.CALLS:
                rows[2 * (base + number)] = sum(1 << index for index in arguments)
        for name in tables.OPENING:
            if (number := numbers.get(name, tables.CALLS)) < tables.CALLS:
                rows[2 * (base + number) + 1] = tables.OPENS
    for name in tables.ADDRESSED:
        rows[2 * native[name] + 1] = tables.ADDRESS
    rows[2 * native["clone3"] + 1] = tables.CLONE3
    for name, places in tables.PATH_ARGUMENTS.items():
        if (number := native.get(name, tables.CALLS)) < tables.CALLS:
            rows[2 * number + 1] = tables.TEXT | places[0] << 4 | (places[1] << 6 if len(places) > 1 else 0)
    return bytes(rows)


def watched(program: Program, parts: Parts, staged: str = "staged") -> None:
    """Ends the program unless the current process is watched; then R7 is its entry, R8 the task, R9 its row's number.

    A process whose workload begins with a filter is moved on as soon as the kernel counts one more of them. `staged` is the
    label used on the way.
    """
    tasks, layout = parts.maps[Table.TASKS], parts.layout
    program.call(Helper.GET_CURRENT_PID_TGID)
    program.shift_right(R0, 32)
    program.store(4, FP, TGID, R0)
    look_up(program, tasks, TGID)
    program.jump_if(R0, "==", 0, "out")
    program.copy(R7, R0)
    program.call(Helper.GET_CURRENT_TASK_BTF)
    program.copy(R8, R0)
    program.load(1, R9, R7, 2)
    program.jump_if(R9, "!=", Stage.SET_UP, staged)
    program.load(1, R1, R7, 3)
    program.jump_if(R1, "!=", Start.FILTER, staged)
    program.load(4, R1, R8, layout.task_filter_count)
    program.load(2, R2, R7, 4)
    program.jump_if_register(R1, "<=", R2, staged)
    program.set(R9, Stage.RUNTIME)
    program.store(1, R7, 2, R9)
    program.label(staged)
    program.load(2, R1, R7, 0)
    program.shift_left(R1, 2)
    program.add_register(R9, R1)


def look_up(program: Program, map_: int, key: int) -> None:
    """R0 becomes the value in a map of the key at `key` on the stack."""
    program.map(R1, map_)
    program.copy(R2, FP)
    program.add(R2, key)
    program.call(Helper.MAP_LOOKUP)


def read_kernel(program: Program, to: int, size: int, base: int, offset: int) -> None:
    """`size` bytes of kernel memory at `base` + `offset` onto the stack at `to`."""
    program.copy(R1, FP)
    program.add(R1, to)
    program.set(R2, size)
    program.copy(R3, base)
    program.add(R3, offset)
    program.call(Helper.PROBE_READ_KERNEL)


def add_to_set(program: Program, map_: int, key: int, lost: tuple[int, Count], value: int | None = None) -> None:
    """The key at `key` on the stack is put into a set; a set that is full is counted as a loss.

    `value` is a register that points at the value; without it the word at `NUMBER` is taken.
    """
    counters, place = lost
    done = program.fresh("added")
    program.map(R1, map_)
    program.copy(R2, FP)
    program.add(R2, key)
    if value is None:
        program.copy(R3, FP)
        program.add(R3, NUMBER)
    else:
        program.copy(R3, value)
    program.set(R4, NO_REPLACE)
    program.call(Helper.MAP_UPDATE)
    program.jump_if(R0, "==", 0, done)
    program.jump_if(R0, "==", EEXIST, done)
    count(program, counters, place)
    program.label(done)


def count(program: Program, counters: int, place: Count) -> None:
    """A counter goes up by one."""
    done = program.fresh("counted")
    program.store_value(4, FP, WORD, place)
    look_up(program, counters, WORD)
    program.jump_if(R0, "==", 0, done)
    program.set(R1, 1)
    program.fetch_add(R0, 0, R1)
    program.label(done)


def on_entry(parts: Parts) -> Program:
    """sys_enter(regs, id): marks the call, keeps the arguments that matter, and sees listen(2)."""
    program = Program()
    program.copy(R6, R1)
    watched(program, parts)
    program.store(4, FP, INDEX, R9)
    look_up(program, parts.maps[Table.ROWS], INDEX)
    program.jump_if(R0, "==", 0, "out")
    program.load(8, R1, R6, 8)
    program.load(4, R2, R8, parts.layout.task_status)
    program.keep_bits(R2, TS_COMPAT)
    program.set(R8, tables.NATIVE)
    program.jump_if(R2, "==", 0, "native")
    program.set(R8, tables.I386)
    program.label("native")
    program.jump_if(R1, "<", tables.CALLS, "known")
    program.store_value(1, R0, tables.BEYOND, 1)
    program.copy(R2, R1)
    program.keep_bits(R2, X32_BIT)
    program.jump_if(R2, "==", 0, "out")
    program.store_value(1, R0, tables.X32, 1)
    program.jump("out")
    program.label("known")
    program.add_register(R1, R8)
    program.store(4, FP, NUMBER, R1)
    program.add_register(R0, R1)
    program.store_value(1, R0, tables.NATIVE, 1)
    program.jump_if(R1, "!=", parts.listen, "heard")
    program.load(1, R2, R7, 2)
    program.jump_if(R2, "!=", Stage.START_UP, "heard")
    program.store_value(1, R7, 2, Stage.SERVING)
    program.label("heard")
    look_up(program, parts.maps[Table.CLASSES], NUMBER)
    program.jump_if(R0, "==", 0, "out")
    program.load(1, R7, R0, 0)
    program.jump_if(R7, "==", 0, "out")
    _arguments(program, parts)
    program.label("out")
    program.end()
    return program


def _arguments(program: Program, parts: Parts) -> None:
    """Those arguments that the bits of R7 name, as a key: row, call, three words."""
    registers, key = parts.layout.registers, -96
    program.load(8, R6, R6, 0)
    program.store(4, FP, key, R9)
    program.load(4, R1, FP, NUMBER)
    program.store(4, FP, key + 4, R1)
    for index, (native, i386) in enumerate((("di", "bx"), ("si", "cx"), ("dx", "dx"))):
        skipped, here, read = f"skip{index}", f"i386-{index}", f"read{index}"
        program.store_value(8, FP, key + 8 + 8 * index, 0)
        program.copy(R1, R7)
        program.keep_bits(R1, 1 << index)
        program.jump_if(R1, "==", 0, skipped)
        program.jump_if(R8, "!=", tables.NATIVE, here)
        read_kernel(program, key + 8 + 8 * index, 8, R6, registers[native])
        program.jump(read)
        program.label(here)
        read_kernel(program, key + 8 + 8 * index, 4, R6, registers[i386])
        program.label(read)
        program.label(skipped)
    look_up(program, parts.maps[Table.ARGUMENTS], key)
    program.jump_if(R0, "!=", 0, "out")
    add_to_set(program, parts.maps[Table.ARGUMENTS], key, (parts.maps[Table.COUNTERS], Count.LOST_ARGUMENTS))


def on_fork(parts: Parts) -> Program:
    """sched_process_fork(parent, child): a child is what its parent was. Threads share their process's entry."""
    program, layout = Program(), parts.layout
    program.load(8, R6, R1, 0)
    program.load(8, R7, R1, 8)
    read_kernel(program, TGID, 4, R6, layout.task_tgid)
    read_kernel(program, -8, 4, R7, layout.task_tgid)
    program.load(4, R1, FP, TGID)
    program.load(4, R2, FP, -8)
    program.jump_if_register(R1, "==", R2, "out")
    look_up(program, parts.maps[Table.TASKS], TGID)
    program.jump_if(R0, "==", 0, "out")
    program.load(8, R1, R0, 0)
    program.store(8, FP, -16, R1)
    program.map(R1, parts.maps[Table.TASKS])
    program.copy(R2, FP)
    program.add(R2, -8)
    program.copy(R3, FP)
    program.add(R3, -16)
    program.set(R4, 0)
    program.call(Helper.MAP_UPDATE)
    program.jump_if(R0, "==", 0, "out")
    count(program, parts.maps[Table.COUNTERS], Count.LOST_TASKS)
    program.label("out")
    program.end()
    return program


def on_exit(parts: Parts) -> Program:
    """sched_process_exit(task): forgets a process when its last thread is gone."""
    program, layout = Program(), parts.layout
    program.load(8, R6, R1, 0)
    read_kernel(program, TGID, 4, R6, layout.task_tgid)
    read_kernel(program, -16, 8, R6, layout.task_signal)
    program.load(8, R7, FP, -16)
    read_kernel(program, -8, 4, R7, layout.signal_live)
    program.load(4, R1, FP, -8)
    program.jump_if(R1, "!=", 0, "out")
    program.map(R1, parts.maps[Table.TASKS])
    program.copy(R2, FP)
    program.add(R2, TGID)
    program.call(Helper.MAP_DELETE)
    program.label("out")
    program.end()
    return program


def on_capability(parts: Parts) -> Program:
    """cap_capable(cred, target_ns, capable_ns, cap, ret): which capability, had or not, over which level, in which call.

    Left out is what the process does not need: checks on borrowed credentials (overlayfs acts with its mounter's), and the
    memory accounting's question whether it may use the reserve.
    """
    program, layout, key = Program(), parts.layout, -64
    program.copy(R6, R1)
    watched(program, parts)
    program.load(8, R1, R8, layout.task_real_cred)
    program.load(8, R2, R6, 0)
    program.jump_if_register(R1, "!=", R2, "out")
    program.load(8, R1, R6, 24)
    program.jump_if(R1, ">=", 64, "out")
    program.store_value(8, FP, key + 8, 0)
    program.store(4, FP, key, R9)
    program.store(1, FP, key + 4, R1)
    program.store_value(1, FP, key + 5, 0)
    program.load(8, R2, R6, 32)
    program.jump_if(R2, "==", 0, "had")
    program.store_value(1, FP, key + 5, 1)
    program.label("had")
    program.load(8, R3, R6, 8)
    read_kernel(program, NUMBER, 4, R3, layout.user_namespace_level)
    program.load(4, R1, FP, NUMBER)
    program.store(2, FP, key + 6, R1)
    program.copy(R1, R8)
    program.call(Helper.TASK_PT_REGS)
    program.load(8, R1, R0, layout.registers["orig_ax"])
    program.store(4, FP, key + 8, R1)
    program.load(4, R1, R8, layout.task_status)
    program.keep_bits(R1, TS_COMPAT)
    program.store(4, FP, key + 12, R1)
    look_up(program, parts.maps[Table.CAPABILITIES], key)
    program.jump_if(R0, "!=", 0, "out")
    if parts.overcommit[1]:
        _unless_overcommit(program, parts.overcommit, key)
    add_to_set(
        program,
        parts.maps[Table.CAPABILITIES],
        key,
        (parts.maps[Table.COUNTERS], Count.LOST_CAPABILITIES),
    )
    program.label("out")
    program.end()
    return program


def _unless_overcommit(program: Program, where: tuple[int, int], key: int) -> None:
    """Ends the program if a check for CAP_SYS_ADMIN comes from the memory accounting: seen by the kernel's own stack."""
    frames = -64 - 8 * OVERCOMMIT_FRAMES
    program.load(1, R1, FP, key + 4)
    program.jump_if(R1, "!=", CAP_SYS_ADMIN, "needed")
    for index in range(OVERCOMMIT_FRAMES):
        program.store_value(8, FP, frames + 8 * index, 0)
    program.copy(R1, R6)
    program.copy(R2, FP)
    program.add(R2, frames)
    program.set(R3, 8 * OVERCOMMIT_FRAMES)
    program.set(R4, 0)
    program.call(Helper.GET_STACK)
    program.set(R2, where[0])
    program.set(R3, where[1])
    for index in range(OVERCOMMIT_FRAMES):
        following = f"frame{index}"
        program.load(8, R1, FP, frames + 8 * index)
        program.jump_if_register(R1, "<", R2, following)
        program.jump_if_register(R1, "<", R3, "out")
        program.label(following)
    program.label("needed")


Maker = Callable[[Parts], Program]
PROBES: dict[str, Maker] = {
    "sys_enter": on_entry,
    "sched_process_fork": on_fork,
    "sched_process_exit": on_exit,
    "cap_capable": on_capability,
}
"""Programs by the tracepoint they hang at. Those that also see files are in `file_programs`."""
