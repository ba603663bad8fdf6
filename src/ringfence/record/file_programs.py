"""The programs that see files: a program executed, a call that returns. Assembled for one kernel's layout; pure.

A file's path is the one inside its own mount namespace, walked name by name over mounts, and only for files not seen yet.
"""

from ringfence.formats.bpf_code import FP, R0, R1, R2, R3, R4, R6, R7, R8, R9, Helper, Program
from ringfence.record import tables
from ringfence.record.adoption import adopt
from ringfence.record.programs import (
    EINPROGRESS,
    ENOSYS,
    EPERM,
    ERROR_SIGN,
    INDEX,
    NO_REPLACE,
    NUMBER,
    REASON,
    WORD,
    Maker,
    Parts,
    add_to_set,
    count,
    look_up,
    read_kernel,
    watched,
)
from ringfence.record.tables import Count, Stage, Start, Table, Use

FMODE_BITS = 3
"""FMODE_READ and FMODE_WRITE, include/linux/fs.h."""
TS_COMPAT = 2


def on_exec(parts: Parts) -> Program:
    """sched_process_exec(task, old_pid, bprm): the workload begins, its executables are told apart.

    A process nobody watches is watched from here on if it is where new programs are asked for (`podman exec`).
    """
    program = Program()
    program.load(8, R6, R1, 16)
    if parts.pid_namespace or parts.groups:
        adopt(program, parts)
    watched(program, parts)
    program.load(1, R1, R7, 2)
    program.load(1, R2, R7, 3)
    program.jump_if(R1, ">=", Stage.START_UP, "workload")
    program.jump_if(R1, "==", Stage.RUNTIME, "begins")
    program.jump_if(R2, "!=", Start.EXEC, "out")
    program.label("begins")
    program.store_value(1, R7, 2, Stage.START_UP)
    program.label("workload")
    read_kernel(program, -48, 8, R6, parts.layout.program_file)
    program.load(8, R6, FP, -48)
    program.jump_if(R6, "==", 0, "out")
    _tell_executable(program, parts)
    program.store(2, R7, 0, R1)
    program.shift_left(R1, 2)
    program.load(1, R2, R7, 2)
    program.add_register(R1, R2)
    program.store(4, FP, INDEX, R1)
    program.store_value(4, FP, REASON, Use.EXECUTED)
    _file(program, parts)
    program.label("out")
    program.end()
    return program


def _tell_executable(program: Program, parts: Parts) -> None:
    """R1 becomes the number of the executable whose `struct file` is at R6: the one it has, or the next free one."""
    layout, key = parts.layout, -64
    executables, counters = parts.maps[Table.EXECUTABLES], parts.maps[Table.COUNTERS]
    read_kernel(program, -48, 8, R6, layout.file_inode)
    program.load(8, R9, FP, -48)
    read_kernel(program, key, 8, R9, layout.inode_number)
    read_kernel(program, -48, 8, R9, layout.inode_super)
    program.load(8, R9, FP, -48)
    program.store_value(8, FP, key + 8, 0)
    read_kernel(program, key + 8, 4, R9, layout.super_device)
    look_up(program, executables, key)
    program.jump_if(R0, "!=", 0, "told")
    count_up = "numbered"
    program.store_value(4, FP, WORD, Count.EXECUTABLES)
    look_up(program, counters, WORD)
    program.jump_if(R0, "==", 0, "out")
    program.set(R1, 1)
    program.fetch_add(R0, 0, R1)
    program.add(R1, 1)
    program.jump_if(R1, "<", tables.MAX_EXECUTABLES, count_up)
    program.set(R1, 0)
    program.jump("number")
    program.label(count_up)
    program.store(8, FP, NUMBER - 4, R1)
    program.map(R1, executables)
    program.copy(R2, FP)
    program.add(R2, key)
    program.copy(R3, FP)
    program.add(R3, NUMBER - 4)
    program.set(R4, NO_REPLACE)
    program.call(Helper.MAP_UPDATE)
    look_up(program, executables, key)
    program.jump_if(R0, "==", 0, "out")
    program.label("told")
    program.load(4, R1, R0, 0)
    program.label("number")


def on_return(parts: Parts) -> Program:
    """sys_exit(regs, ret): marks refusals; looks at files opened, addresses, flags of clone3, paths changed.

    Pointers are read here and not on entry, because by now the kernel has touched the memory behind them.
    """
    program = Program()
    program.copy(R6, R1)
    program.call(Helper.GET_CURRENT_TASK_BTF)
    program.copy(R8, R0)
    program.copy(R1, R0)
    program.call(Helper.TASK_PT_REGS)
    program.load(8, R7, R0, parts.layout.registers["orig_ax"])
    program.load(8, R9, R6, 8)
    program.jump_if(R7, ">=", tables.CALLS, "out")
    program.load(4, R1, R8, parts.layout.task_status)
    program.keep_bits(R1, TS_COMPAT)
    program.jump_if(R1, "==", 0, "native")
    program.add(R7, tables.CALLS)
    program.label("native")
    program.store(4, FP, NUMBER, R7)
    look_up(program, parts.maps[Table.CLASSES], NUMBER)
    program.jump_if(R0, "==", 0, "out")
    # Most calls end here, before anybody asks whether the process is watched: that look-up costs more than the rest.
    program.load(1, R7, R0, 1)
    program.jump_if(R9, "==", ENOSYS, "refused")
    program.jump_if(R9, "==", EPERM, "refused")
    program.jump_if(R7, "==", 0, "out")
    program.jump_if(R9, "==", EINPROGRESS, "worked")
    program.copy(R1, R9)
    program.shift_right(R1, ERROR_SIGN)
    program.jump_if(R1, "!=", 0, "out")
    program.label("worked")
    program.store(8, FP, -48, R9)
    program.store(8, FP, -56, R7)
    watched(program, parts)
    program.store(4, FP, INDEX, R9)
    program.load(8, R9, FP, -48)
    program.load(8, R7, FP, -56)
    program.load(8, R6, R6, 0)
    program.copy(R1, R7)
    program.keep_bits(R1, 15)
    program.jump_if(R1, "==", tables.OPENS, "opens")
    program.jump_if(R1, "==", tables.ADDRESS, "address")
    program.jump_if(R1, "==", tables.CLONE3, "clone3")
    _texts(program, parts)
    program.label("address")
    _address(program, parts)
    program.label("clone3")
    _clone3_flags(program, parts)
    program.label("opens")
    _opened(program, parts)
    program.label("refused")
    _refused(program, parts)
    program.label("out")
    program.end()
    return program


def _refused(program: Program, parts: Parts) -> None:
    """Marks the call at `NUMBER`, if it is a native one, as answered EPERM or ENOSYS."""
    program.load(4, R6, FP, NUMBER)
    program.jump_if(R6, ">=", tables.CALLS, "out")
    watched(program, parts, "watched-refused")
    program.store(4, FP, INDEX, R9)
    look_up(program, parts.maps[Table.ROWS], INDEX)
    program.jump_if(R0, "==", 0, "out")
    program.add_register(R0, R6)
    program.store_value(1, R0, tables.REFUSED, 1)


def _opened(program: Program, parts: Parts) -> None:
    """The file behind the descriptor in R9."""
    layout = parts.layout
    read_kernel(program, -48, 8, R8, layout.task_files)
    for offset in (layout.files_table, layout.table_files):
        program.load(8, R8, FP, -48)
        read_kernel(program, -48, 8, R8, offset)
    program.load(8, R8, FP, -48)
    program.shift_left(R9, 3)
    program.add_register(R8, R9)
    read_kernel(program, -48, 8, R8, 0)
    program.load(8, R6, FP, -48)
    program.jump_if(R6, "==", 0, "out")
    program.store_value(4, FP, REASON, Use.OPENED)
    _file(program, parts)


def _file(program: Program, parts: Parts) -> None:
    """Puts the `struct file` at R6 into the set of files, with its path, unless it is there; ends the program.

    The key: inode, device, row, type of file, how it is open, why it is here.
    """
    layout, key = parts.layout, -88
    files, counters = parts.maps[Table.FILES], parts.maps[Table.COUNTERS]
    read_kernel(program, -48, 8, R6, layout.file_inode)
    program.load(8, R7, FP, -48)
    read_kernel(program, key, 8, R7, layout.inode_number)
    program.store_value(8, FP, key + 16, 0)
    read_kernel(program, key + 16, 2, R7, layout.inode_mode)
    read_kernel(program, -48, 8, R7, layout.inode_super)
    program.load(8, R7, FP, -48)
    read_kernel(program, key + 8, 4, R7, layout.super_device)
    program.load(4, R1, FP, INDEX)
    program.store(4, FP, key + 12, R1)
    read_kernel(program, -48, 4, R6, layout.file_mode)
    program.load(4, R1, FP, -48)
    program.keep_bits(R1, FMODE_BITS)
    program.store(2, FP, key + 18, R1)
    program.load(4, R1, FP, REASON)
    program.store(4, FP, key + 20, R1)
    look_up(program, files, key)
    program.jump_if(R0, "!=", 0, "out")
    program.store_value(4, FP, WORD, 0)
    look_up(program, parts.maps[Table.SCRATCH], WORD)
    program.jump_if(R0, "==", 0, "out")
    program.copy(R8, R0)
    _walk(program, parts)
    add_to_set(program, files, key, (counters, Count.LOST_FILES), R8)
    program.jump("out")


def _walk(program: Program, parts: Parts) -> None:
    """The names from the file at R6 up to the root, each in its place of the memory at R8; a place left empty is a mount."""
    layout = parts.layout
    read_kernel(program, -104, 8, R6, layout.file_mount)
    program.load(8, R7, FP, -104)
    program.add(R7, -layout.mount_inner)
    read_kernel(program, -104, 8, R6, layout.file_dentry)
    program.load(8, R6, FP, -104)
    for level in range(tables.LEVELS):
        up, following, at = f"up{level}", f"next{level}", level * tables.NAME_BYTES
        program.store_value(1, R8, at, 0)
        read_kernel(program, -104, 8, R6, layout.dentry_parent)
        read_kernel(program, -112, 8, R7, layout.mount_inner + layout.inner_root)
        program.load(8, R9, FP, -104)
        program.load(8, R1, FP, -112)
        program.jump_if_register(R6, "==", R1, up)
        program.jump_if_register(R6, "==", R9, up)
        read_kernel(program, -112, 8, R6, layout.dentry_name)
        program.copy(R1, R8)
        program.add(R1, at)
        program.set(R2, tables.NAME_BYTES)
        program.load(8, R3, FP, -112)
        program.call(Helper.PROBE_READ_KERNEL_STR)
        program.copy(R6, R9)
        program.jump(following)
        program.label(up)
        read_kernel(program, -112, 8, R7, layout.mount_parent)
        program.load(8, R9, FP, -112)
        program.jump_if_register(R9, "==", R7, f"done{level}")
        read_kernel(program, -104, 8, R7, layout.mount_point)
        program.load(8, R6, FP, -104)
        program.copy(R7, R9)
        program.label(following)
    program.jump("walked")
    for level in range(tables.LEVELS):
        program.label(f"done{level}")
        program.store_value(1, R8, level * tables.NAME_BYTES, 0)
    program.label("walked")


def _address(program: Program, parts: Parts) -> None:
    """The address a socket was bound or connected to: row, call, the bytes of the `sockaddr`."""
    registers, key = parts.layout.registers, -(16 + 8 + tables.ADDRESS_BYTES + 48)
    _clear(program, key, 8 + tables.ADDRESS_BYTES)
    _row_and_call(program, key)
    read_kernel(program, -48, 8, R6, registers["si"])
    program.load(8, R8, FP, -48)
    read_kernel(program, -48, 8, R6, registers["dx"])
    program.load(4, R2, FP, -48)
    program.jump_if(R2, "<=", tables.ADDRESS_BYTES, "fits")
    program.set(R2, tables.ADDRESS_BYTES)
    program.label("fits")
    program.copy(R1, FP)
    program.add(R1, key + 8)
    program.copy(R3, R8)
    program.call(Helper.PROBE_READ_USER)
    _into(program, parts, (Table.SOCKETS, Count.LOST_SOCKETS), key, "address")
    program.jump("out")


def _texts(program: Program, parts: Parts) -> None:
    """The paths given to a call that changes the file system: row, call, text. Their places are in the class, in R7."""
    registers = [parts.layout.registers[name] for name in ("di", "si", "dx", "r10")]
    key = -(16 + 8 + tables.TEXT_BYTES + 48)
    for shift in (4, 6):
        program.copy(R9, R7)
        program.shift_right(R9, shift)
        program.keep_bits(R9, 3)
        if shift == 6:
            program.jump_if(R9, "==", 0, "out")
        for index, offset in enumerate(registers):
            following = f"text{shift}-{index}"
            program.jump_if(R9, "!=", index, following)
            read_kernel(program, -48, 8, R6, offset)
            program.label(following)
        program.load(8, R8, FP, -48)
        _clear(program, key, 8 + tables.TEXT_BYTES)
        _row_and_call(program, key)
        program.copy(R1, FP)
        program.add(R1, key + 8)
        program.set(R2, tables.TEXT_BYTES)
        program.copy(R3, R8)
        program.call(Helper.PROBE_READ_USER_STR)
        program.keep_bits(R0, 0xFFFF)  # a length; an error has other low bits, and leaves the text empty
        _into(program, parts, (Table.PATHS, Count.LOST_PATHS), key, f"text{shift}")
    program.jump("out")


def _clone3_flags(program: Program, parts: Parts) -> None:
    """The flags in the structure that clone3 was given, as its first argument."""
    key = -120
    # Not in the child: it returns on another stack, when its parent may have written over the structure.
    program.jump_if(R9, "==", 0, "out")
    _clear(program, key, 32)
    _row_and_call(program, key)
    read_kernel(program, -48, 8, R6, parts.layout.registers["di"])
    program.load(8, R3, FP, -48)
    program.copy(R1, FP)
    program.add(R1, key + 8)
    program.set(R2, 8)
    program.call(Helper.PROBE_READ_USER)
    _into(program, parts, (Table.ARGUMENTS, Count.LOST_ARGUMENTS), key, "flags")
    program.jump("out")


def _clear(program: Program, key: int, size: int) -> None:
    for at in range(0, size, 8):
        program.store_value(8, FP, key + at, 0)


def _row_and_call(program: Program, key: int) -> None:
    program.load(4, R1, FP, INDEX)
    program.store(4, FP, key, R1)
    program.load(4, R1, FP, NUMBER)
    program.store(4, FP, key + 4, R1)


def _into(program: Program, parts: Parts, where: tuple[Table, Count], key: int, stem: str) -> None:
    """Into a set what user memory held (R0 tells whether it could be read, else that is counted)."""
    table, lost = where
    there, counters = f"there-{stem}", parts.maps[Table.COUNTERS]
    if table is not Table.PATHS:
        program.jump_if(R0, "==", 0, f"was-read-{stem}")
        count(program, counters, Count.UNREAD_MEMORY)
        program.label(f"was-read-{stem}")
    look_up(program, parts.maps[table], key)
    program.jump_if(R0, "!=", 0, there)
    add_to_set(program, parts.maps[table], key, (counters, lost))
    program.label(there)


PROBES: dict[str, Maker] = {"sched_process_exec": on_exec, "sys_exit": on_return}
"""Programs by the tracepoint they hang at."""
