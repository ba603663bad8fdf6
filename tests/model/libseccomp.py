"""libseccomp itself, by ctypes, and the kernel's rules for running what it compiles: the oracle of `model.syscall_gate`.

Sources: seccomp.h of libseccomp 2.5; Linux include/uapi/linux/filter.h and bpf_common.h for classic BPF.
"""

import ctypes
import ctypes.util
import os
import struct
from collections.abc import Sequence

from ringfence.model.syscall_filter import ArgumentCondition, Comparison, SyscallFilter

AUDIT_ARCH = {
    "SCMP_ARCH_X86_64": 0xC000003E,
    "SCMP_ARCH_X86": 0x40000003,
    "SCMP_ARCH_X32": 0x4000003E,
    "SCMP_ARCH_AARCH64": 0xC00000B7,
    "SCMP_ARCH_ARM": 0x40000028,
}
"""libseccomp's tokens; the kernel calls x32 x86-64."""
ACTIONS = {
    "SCMP_ACT_KILL_PROCESS": 0x80000000,
    "SCMP_ACT_KILL_THREAD": 0x00000000,
    "SCMP_ACT_KILL": 0x00000000,
    "SCMP_ACT_TRAP": 0x00030000,
    "SCMP_ACT_ERRNO": 0x00050000,
    "SCMP_ACT_TRACE": 0x7FF00000,
    "SCMP_ACT_LOG": 0x7FFC0000,
    "SCMP_ACT_ALLOW": 0x7FFF0000,
}
_COMPARE = {name: number for number, name in enumerate(Comparison, 1)}
X32_BIT = 0x40000000

Program = list[tuple[int, int, int, int]]


class _Argument(ctypes.Structure):
    _fields_ = (("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64))


def library() -> ctypes.CDLL | None:
    """libseccomp, if it is installed (Debian: libseccomp2, which runc and podman need)."""
    found = ctypes.util.find_library("seccomp")
    if found is None:
        return None
    loaded = ctypes.CDLL(found, use_errno=True)
    loaded.seccomp_init.restype = ctypes.c_void_p
    loaded.seccomp_init.argtypes = [ctypes.c_uint32]
    loaded.seccomp_release.argtypes = [ctypes.c_void_p]
    loaded.seccomp_arch_add.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
    loaded.seccomp_rule_add_array.argtypes = [
        *(ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.POINTER(_Argument))
    ]
    loaded.seccomp_export_bpf.argtypes = [ctypes.c_void_p, ctypes.c_int]
    loaded.seccomp_syscall_resolve_name.argtypes = [ctypes.c_char_p]
    loaded.seccomp_syscall_resolve_name_arch.argtypes = [ctypes.c_uint32, ctypes.c_char_p]
    return loaded


def number_of(loaded: ctypes.CDLL, architecture: str, name: str) -> int:
    """libseccomp's number of a call: below -1 one that this architecture reaches otherwise, -1 one it does not know."""
    return int(loaded.seccomp_syscall_resolve_name_arch(AUDIT_ARCH[architecture], name.encode()))


def action_number(action: str, errno: int) -> int:
    return ACTIONS[action] | (errno if action in ("SCMP_ACT_ERRNO", "SCMP_ACT_TRACE") else 0)


def compiled(loaded: ctypes.CDLL, filter_: SyscallFilter) -> Program:
    """The program for `filter_`, asked for as runc asks: rules of the default's answer and of unknown names are left out."""
    default = action_number(filter_.default_action, 1 if filter_.default_errno is None else filter_.default_errno)
    context = loaded.seccomp_init(default)
    try:
        for architecture in filter_.architectures:
            loaded.seccomp_arch_add(context, AUDIT_ARCH[architecture])
        for rule in filter_.rules:
            action = action_number(rule.action, 1 if rule.errno is None else rule.errno)
            for name in rule.names:
                number = loaded.seccomp_syscall_resolve_name(name.encode())
                if action != default and number != -1:
                    _add(loaded, context, action, number, rule.conditions)
        return _exported(loaded, context)
    finally:
        loaded.seccomp_release(context)


def _add(loaded: ctypes.CDLL, context: int, action: int, number: int, conditions: Sequence[ArgumentCondition]) -> None:
    array = (_Argument * max(1, len(conditions)))(
        *(_Argument(item.index, _COMPARE[item.op], item.value, item.value_two) for item in conditions)
    )
    answer = loaded.seccomp_rule_add_array(context, action, number, len(conditions), array)
    assert answer == 0, os.strerror(-answer)


def _exported(loaded: ctypes.CDLL, context: int) -> Program:
    handle = os.memfd_create("filter")
    try:
        assert loaded.seccomp_export_bpf(context, handle) == 0
        data = os.pread(handle, 1 << 20, 0)
    finally:
        os.close(handle)
    return list(struct.iter_unpack("<HBBI", data))


def run(program: Program, architecture: str, number: int, arguments: Sequence[int]) -> int:
    """What the kernel gets out of `program` for a call: action in the upper 16 bits, data in the lower."""
    arch = AUDIT_ARCH["SCMP_ARCH_X86_64" if architecture == "SCMP_ARCH_X32" else architecture]
    memory = struct.pack("<IIQ6Q", number, arch, 0, *arguments)
    accumulator = position = 0
    while True:
        code, jump_true, jump_false, constant = program[position]
        position += 1
        match code:
            case 0x20:
                (accumulator,) = struct.unpack_from("<I", memory, constant)
            case 0x06:
                return constant
            case 0x54:
                accumulator &= constant
            case 0x05:
                position += constant
            case _:
                position += jump_true if _holds(code, accumulator, constant) else jump_false


def _holds(code: int, accumulator: int, constant: int) -> bool:
    match code:
        case 0x15:
            return accumulator == constant
        case 0x25:
            return accumulator > constant
        case 0x35:
            return accumulator >= constant
        case 0x45:
            return bool(accumulator & constant)
    raise AssertionError(f"instruction {code:#x}")
