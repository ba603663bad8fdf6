"""Where the fields that the probes read lie in the structures of this kernel."""

from ringfence.formats.btf import Btf
from ringfence.model.fact import Fact

TS_COMPAT = 2
"""Bit of `thread_info.status` while a 32-bit system call is made: arch/x86/include/asm/thread_info.h."""


POINTER = 8
"""Bytes of a pointer."""


class Layout(Fact):
    """Offsets in bytes, named by structure and field (x86-64)."""

    task_filter_count: int
    task_tgid: int
    task_real_cred: int
    task_signal: int
    task_status: int
    task_files: int
    task_nsproxy: int
    signal_live: int
    nsproxy_pid: int
    pid_namespace_number: int
    user_namespace_level: int
    files_table: int
    table_files: int
    file_dentry: int
    file_mount: int
    file_mode: int
    file_inode: int
    inode_number: int
    inode_mode: int
    inode_super: int
    super_device: int
    dentry_parent: int
    dentry_name: int
    mount_inner: int
    mount_parent: int
    mount_point: int
    inner_root: int
    program_file: int
    registers: dict[str, int]


class GroupLayout(Fact):
    """Offsets on the way from a task to its control group in one hierarchy, to that group's number and its parent.

    `through_state` is whether `set_group` leads to the controller's state of the group (cgroup v1), not to the group itself.
    """

    through_state: bool
    task_set: int
    set_group: int
    group_node: int
    node_number: int
    group_parent: int
    state_group: int


_PATHS = {
    "task_filter_count": ("task_struct", "seccomp.filter_count.counter"),
    "task_tgid": ("task_struct", "tgid"),
    "task_real_cred": ("task_struct", "real_cred"),
    "task_signal": ("task_struct", "signal"),
    "task_status": ("task_struct", "thread_info.status"),
    "task_files": ("task_struct", "files"),
    "task_nsproxy": ("task_struct", "nsproxy"),
    "signal_live": ("signal_struct", "live.counter"),
    "nsproxy_pid": ("nsproxy", "pid_ns_for_children"),
    "pid_namespace_number": ("pid_namespace", "ns.inum"),
    "user_namespace_level": ("user_namespace", "level"),
    "files_table": ("files_struct", "fdt"),
    "table_files": ("fdtable", "fd"),
    "file_dentry": ("file", "f_path.dentry"),
    "file_mount": ("file", "f_path.mnt"),
    "file_mode": ("file", "f_mode"),
    "file_inode": ("file", "f_inode"),
    "inode_number": ("inode", "i_ino"),
    "inode_mode": ("inode", "i_mode"),
    "inode_super": ("inode", "i_sb"),
    "super_device": ("super_block", "s_dev"),
    "dentry_parent": ("dentry", "d_parent"),
    "dentry_name": ("dentry", "d_name.name"),
    "mount_inner": ("mount", "mnt"),
    "mount_parent": ("mount", "mnt_parent"),
    "mount_point": ("mount", "mnt_mountpoint"),
    "inner_root": ("vfsmount", "mnt_root"),
    "program_file": ("linux_binprm", "file"),
}
REGISTERS = ("orig_ax", "di", "si", "dx", "r10", "bx", "cx")
"""Fields of `pt_regs` that hold a system call's number and arguments (native: di, si, dx, r10; 32-bit: bx, cx, dx)."""


def layout(types: Btf) -> Layout:
    """The offsets on the kernel that `types` describes. Raises `Malformed` if it lacks one of the fields."""
    return Layout(
        **{name: types.offset(structure, path) for name, (structure, path) in _PATHS.items()},
        registers={name: types.offset("pt_regs", name) for name in REGISTERS},
    )


def group_layout(types: Btf, controller: str) -> GroupLayout:
    """The way to a task's group in the hierarchy of a controller of cgroup v1, or (empty) in that of cgroup v2.

    A group's number is that of its directory (`kernfs_node.id`, since Linux 5.5). Raises `Malformed`.
    """
    at = types.offset("css_set", "dfl_cgrp")
    if controller:
        at = types.offset("css_set", "subsys") + POINTER * types.number("cgroup_subsys_id", f"{controller}_cgrp_id")
    return GroupLayout(
        through_state=bool(controller),
        task_set=types.offset("task_struct", "cgroups"),
        set_group=at,
        group_node=types.offset("cgroup", "kn"),
        node_number=types.offset("kernfs_node", "id"),
        group_parent=types.offset("cgroup", "self.parent"),
        state_group=types.offset("cgroup_subsys_state", "cgroup"),
    )
