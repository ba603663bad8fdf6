"""How a process nobody watches yet begins to be watched: by a new program in a pid namespace or a control group.

It runs where a program is executed. Pure; registers as in `programs`.
"""

from ringfence.formats.bpf_code import FP, R0, R1, R2, R3, R4, R7, R8, Helper, Program
from ringfence.record.layout import GroupLayout
from ringfence.record.programs import EEXIST, NO_REPLACE, Parts, count, look_up
from ringfence.record.tables import GROUP_LEVELS, Count, Stage, Start, Table

NUMBER = -24
"""Place on the stack of a control group's number."""


def adopt(program: Program, parts: Parts) -> None:
    """An entry for the current process if it has none and is in the pid namespace or in one of the groups asked for."""
    layout, tasks = parts.layout, parts.maps[Table.TASKS]
    program.call(Helper.GET_CURRENT_TASK_BTF)
    program.copy(R8, R0)
    program.load(8, R1, R8, layout.task_nsproxy)
    program.jump_if(R1, "==", 0, "stranger")
    program.load(8, R1, R1, layout.nsproxy_pid)
    program.jump_if(R1, "==", 0, "stranger")
    program.load(4, R1, R1, layout.pid_namespace_number)
    if parts.groups:
        # What the runtime does inside the group before it goes into the container is not the workload's.
        program.set(R2, parts.outside)
        program.jump_if_register(R1, "==", R2, "stranger")
        _unless_in_group(program, parts.groups, parts.maps[Table.GROUPS])
    else:
        program.set(R2, parts.pid_namespace)
        program.jump_if_register(R1, "!=", R2, "stranger")
    program.label("ours")
    program.call(Helper.GET_CURRENT_PID_TGID)
    program.shift_right(R0, 32)
    program.store(4, FP, -4, R0)
    program.store_value(8, FP, -16, 0)
    program.store_value(1, FP, -14, Stage.START_UP)
    program.store_value(1, FP, -13, Start.NOW)
    program.map(R1, tasks)
    program.copy(R2, FP)
    program.add(R2, -4)
    program.copy(R3, FP)
    program.add(R3, -16)
    program.set(R4, NO_REPLACE)
    program.call(Helper.MAP_UPDATE)
    program.jump_if(R0, "==", 0, "stranger")
    program.jump_if(R0, "==", EEXIST, "stranger")
    count(program, parts.maps[Table.COUNTERS], Count.LOST_TASKS)
    program.label("stranger")


def _unless_in_group(program: Program, groups: GroupLayout, wanted: int) -> None:
    """Jumps to `ours` if the group of the task in R8, or one above it, is in the map `wanted`, to `stranger` if none is."""
    program.load(8, R7, R8, groups.task_set)
    program.jump_if(R7, "==", 0, "stranger")
    program.load(8, R7, R7, groups.set_group)
    program.jump_if(R7, "==", 0, "stranger")
    if groups.through_state:
        program.load(8, R7, R7, groups.state_group)
        program.jump_if(R7, "==", 0, "stranger")
    for _ in range(GROUP_LEVELS):
        program.load(8, R1, R7, groups.group_node)
        program.jump_if(R1, "==", 0, "stranger")
        program.load(8, R1, R1, groups.node_number)
        program.store(8, FP, NUMBER, R1)
        look_up(program, wanted, NUMBER)
        program.jump_if(R0, "!=", 0, "ours")
        program.load(8, R7, R7, groups.group_parent)
        program.jump_if(R7, "==", 0, "stranger")
        program.load(8, R7, R7, groups.state_group)
        program.jump_if(R7, "==", 0, "stranger")
    program.jump("stranger")
