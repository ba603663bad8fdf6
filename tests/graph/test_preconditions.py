"""Each kind of precondition on small subjects: met, stopped by a named control, or a named fact is missing."""

import msgspec
import pytest

from ringfence.graph.kernel_side import code_is_missing
from ringfence.graph.preconditions import evaluate
from ringfence.graph.subject import Subject
from ringfence.knowledge.runtime_defaults import default_filter
from ringfence.model.component import KernelState
from ringfence.model.confinement import HOST_IDS, CapabilitySets, Confinement, IdRange, Kernel, Lsm, Sharing
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import Namespace, mask_of
from ringfence.model.stack_cve import (
    CanGainPrivileges,
    CanOpenSocket,
    CapabilityScope,
    HasCapability,
    HasDevice,
    InOwnUserNamespace,
    InRootCgroup,
    KernelModule,
    KernelOfDistribution,
    MachineIs,
    PathUnmasked,
    Precondition,
    RunsInMachine,
    RunsInSentry,
)
from ringfence.model.syscall_filter import UNCONFINED, ArgumentCondition, Comparison, SyscallFilter, SyscallRule

KERNEL = KernelState(
    node="n",
    release=Known("6.1.100"),
    config=Known({"CONFIG_TLS": "m", "CONFIG_PACKET": "y", "CONFIG_USER_NS": "y", "CONFIG_IA32_EMULATION": "y"}),
    sysctls={
        "kernel.modules_disabled": Known("0"),
        "user.max_user_namespaces": Known("1000"),
        "kernel.unprivileged_userns_clone": Known(""),
        "kernel.apparmor_restrict_unprivileged_userns": Known(""),
    },
    modules=Known(("overlay",)),
    module_files=Known(("tls", "overlay")),
    barred_modules=Known(()),
    distribution="debian:12",
)
OPEN = Confinement(
    privileged=Known(False),
    uid_map=Known(HOST_IDS),
    capabilities=Known(CapabilitySets()),
    no_new_privileges=Known(False),
    syscalls=Known(UNCONFINED),
    namespaces=Known(dict.fromkeys(Namespace, Sharing.OWN) | {Namespace.USER: Sharing.HOST}),
    devices=Known(("/dev/fuse",)),
    masked_paths=Known(("/proc/kcore", "/sys/firmware")),
    kernel=Known(Kernel.HOST),
    root_cgroups=Known(("rdma",)),
)
TLS = KernelModule(module="tls", option="CONFIG_TLS")


def ask(condition: Precondition, on: KernelState | None = KERNEL, /, **confinement: object) -> tuple[bool | None, str]:
    found = evaluate(condition, Subject(msgspec.structs.replace(OPEN, **confinement), on))
    assert found.because
    assert bool(found.control) == (found.met is False)
    return found.met, found.control


def kernel(**changes: object) -> KernelState:
    return msgspec.structs.replace(KERNEL, **changes)


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        (KERNEL, (True, "")),
        (kernel(module_files=Known(())), (False, "no module tls")),
        (kernel(barred_modules=Known(("tls",))), (False, "modprobe bars tls")),
        (kernel(barred_modules=Known(("tls",)), modules=Known(("tls",))), (True, "")),
        (kernel(sysctls={"kernel.modules_disabled": Known("1")}), (False, "sysctl kernel.modules_disabled=1")),
        (kernel(config=Known({})), (False, "kernel without CONFIG_TLS")),
        (kernel(config=Known({"CONFIG_TLS": "y"}), module_files=Known(())), (True, "")),
        (kernel(modules=Unknown("x")), (None, "")),
        (kernel(module_files=Unknown("x")), (None, "")),
        (kernel(barred_modules=Unknown("x")), (None, "")),
        (kernel(config=Unknown("x")), (True, "")),
        (None, (None, "")),
    ],
)
def test_a_module_is_there_loaded_or_loadable(state: KernelState | None, wanted: tuple[bool | None, str]) -> None:
    assert ask(TLS, state) == wanted


def without_alg(*architectures: str, socketcall: str = "SCMP_ACT_ALLOW") -> SyscallFilter:
    """Lets every socket through but AF_ALG."""
    but = ArgumentCondition(index=0, op=Comparison.NOT_EQUAL, value=38)
    rules = (
        SyscallRule(names=("socket",), action="SCMP_ACT_ALLOW", conditions=(but,)),
        SyscallRule(names=("socketcall",), action=socketcall),
    )
    return SyscallFilter(profile="p", default_action="SCMP_ACT_ERRNO", architectures=architectures, rules=rules)


I386, AMD64 = "SCMP_ARCH_X86", "SCMP_ARCH_X86_64"


@pytest.mark.parametrize(
    ("rules", "state", "wanted"),
    [
        (without_alg(AMD64), KERNEL, False),
        (without_alg(AMD64, I386), KERNEL, True),
        (without_alg(AMD64, I386, socketcall="SCMP_ACT_ERRNO"), KERNEL, False),
        (without_alg(AMD64, I386), kernel(config=Known({})), False),
        (without_alg(AMD64, I386), kernel(architecture="aarch64"), False),
        (UNCONFINED, KERNEL, True),
        (default_filter("podman", 0), KERNEL, True),
    ],
)
def test_a_socket_can_be_had_by_the_32_bit_call_too(rules: SyscallFilter, state: KernelState, *, wanted: bool) -> None:
    assert ask(CanOpenSocket(family="AF_ALG"), state, syscalls=Known(rules))[0] is wanted


def test_a_security_module_may_deny_what_the_filter_cannot_see() -> None:
    """Docker 29.4.3 took socketcall out of its filter and gave AppArmor the rule: which profile is loaded is not read."""
    confined = Known(Lsm(module="apparmor", label="docker-default", enforcing=True))
    by_socketcall = Known(without_alg(AMD64, I386))
    assert ask(CanOpenSocket(family="AF_ALG"), syscalls=by_socketcall, lsm=confined)[0] is None
    assert ask(CanOpenSocket(family="AF_ALG"), syscalls=by_socketcall, lsm=Known(Lsm(module="none")))[0] is True
    assert ask(CanOpenSocket(family="AF_ALG"), syscalls=Known(UNCONFINED), lsm=confined)[0] is True


def test_an_unknown_filter_leaves_a_socket_open_to_doubt() -> None:
    assert ask(CanOpenSocket(family="AF_ALG"), syscalls=Unknown("x")) == (None, "")


def test_a_capability_over_a_fresh_namespace_needs_every_namespace_it_is_for() -> None:
    wanted = HasCapability(names=("CAP_NET_ADMIN",), scope=CapabilityScope.ANY, fresh_flags=("CLONE_NEWNET",))
    flag = (ArgumentCondition(index=0, op=Comparison.MASKED_EQUAL, value=0x40000000, value_two=0x40000000),)
    only_user = SyscallFilter(
        profile="only user namespaces",
        default_action="SCMP_ACT_ALLOW",
        rules=(
            SyscallRule(names=("unshare", "clone"), action="SCMP_ACT_ERRNO", conditions=flag),
            SyscallRule(names=("clone3",), action="SCMP_ACT_ERRNO"),
        ),
    )
    assert ask(wanted) == (True, "")
    assert ask(wanted, syscalls=Known(only_user))[0] is False
    held = Known(CapabilitySets(effective=mask_of(["NET_ADMIN"]), bounding=mask_of(["NET_ADMIN"])))
    assert ask(wanted, syscalls=Known(only_user), capabilities=held) == (True, "")


CASES: list[tuple[Precondition, dict[str, object], bool | None]] = [
    (InRootCgroup(), {}, True),
    (InRootCgroup(), {"root_cgroups": Known(())}, False),
    (InRootCgroup(), {"root_cgroups": Unknown("x")}, None),
    (HasDevice(paths=("/dev/fuse", "/dev/kvm")), {}, True),
    (HasDevice(paths=("/dev/kvm",)), {}, False),
    (HasDevice(paths=("/dev/kvm",)), {"privileged": Known(True)}, True),
    (HasDevice(paths=("/dev/kvm",)), {"devices": Unknown("x")}, None),
    (PathUnmasked(path="/proc/keys"), {}, True),
    (PathUnmasked(path="/sys/firmware/efi"), {}, False),
    (PathUnmasked(path="/proc/kcore"), {"masked_paths": Unknown("x")}, None),
    (CanGainPrivileges(), {}, True),
    (CanGainPrivileges(), {"no_new_privileges": Known(True)}, False),
    (CanGainPrivileges(), {"no_new_privileges": Unknown("x")}, None),
    (InOwnUserNamespace(), {}, False),
    (InOwnUserNamespace(), {"uid_map": Known((IdRange(inside=0, outside=100000, length=65536),))}, True),
    (InOwnUserNamespace(), {"uid_map": Unknown("x"), "namespaces": Unknown("x")}, None),
    (RunsInMachine(), {}, False),
    (RunsInMachine(), {"kernel": Known(Kernel.GUEST)}, True),
    (RunsInMachine(), {"kernel": Known(Kernel.SENTRY)}, False),
    (RunsInMachine(), {"kernel": Unknown("x")}, None),
    (RunsInSentry(), {}, False),
    (RunsInSentry(), {"kernel": Known(Kernel.SENTRY)}, True),
    (RunsInSentry(), {"kernel": Known(Kernel.GUEST)}, False),
    (MachineIs(names=("x86_64",)), {}, True),
    (MachineIs(names=("aarch64",)), {}, False),
    (KernelOfDistribution(names=("ubuntu",)), {}, False),
    (KernelOfDistribution(names=("ubuntu", "debian")), {}, True),
]


@pytest.mark.parametrize(("condition", "confinement", "wanted"), CASES)
def test_what_stops_it_is_named(condition: Precondition, confinement: dict[str, object], *, wanted: bool | None) -> None:
    assert ask(condition, **confinement)[0] is wanted


@pytest.mark.parametrize("condition", [MachineIs(names=("x86_64",)), KernelOfDistribution(names=("ubuntu",)), TLS])
def test_a_kernel_nobody_collected_decides_nothing(condition: Precondition) -> None:
    assert ask(condition, None) == (None, "")


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        (KERNEL, False),
        (kernel(config=Known({})), True),
        (kernel(config=Known({}), modules=Known(("tls",))), False),
        (kernel(module_files=Known(())), True),
        (kernel(config=Known({"CONFIG_TLS": "y"}), module_files=Known(())), False),
        (kernel(barred_modules=Known(("tls",))), False),
        (kernel(modules=Unknown("x")), False),
        (None, False),
    ],
)
def test_code_that_is_not_there_is_no_mitigation(state: KernelState | None, *, wanted: bool) -> None:
    """What modprobe bars is there and held back; what was never built or installed is absent."""
    assert code_is_missing(TLS, Subject(OPEN, state)) is wanted
