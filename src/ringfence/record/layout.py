"""Where the fields that the probes read lie in the structures of this kernel."""

from ringfence.formats.btf import Btf
from ringfence.model.fact import Fact

TS_COMPAT = 2
"""Bit of `thread_info.status` while a 32-bit system call is made: arch/x86/include/asm/thread_info.h."""


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
