from pathlib import Path

import pytest

from ringfence.io.rooted import Rooted
from ringfence.layers.kernel.collect.proc import settings
from ringfence.model.component import KernelState
from ringfence.model.knowledge import Known, Unknown


def read(root: Path, **files: str) -> KernelState:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return settings.read(Rooted(str(root)), "node-1", Known("6.1.1"), "debian:12")


def with_config(root: Path, config: str, cmdline: str = "quiet", **files: str) -> KernelState:
    (root / "boot").mkdir(exist_ok=True)
    (root / "boot/config-6.1.1").write_text(config)
    return read(root, proc__cmdline=cmdline, **files)


def test_security_modules_by_securityfs(tmp_path: Path) -> None:
    assert read(tmp_path, sys__kernel__security__lsm="capability,yama\n").lsms == Known(("capability", "yama"))


@pytest.mark.parametrize(
    ("config", "cmdline", "wanted"),
    [
        ('CONFIG_LSM="landlock,yama,apparmor"\nCONFIG_SECURITY_LANDLOCK=y\n', "quiet", ("capability", "landlock")),
        ('CONFIG_LSM="yama,apparmor"\nCONFIG_SECURITY_APPARMOR=y\n', "lsm=yama", ("capability",)),
        ("CONFIG_USER_NS=y\n", "", ("capability",)),
    ],
)
def test_the_configuration_can_prove_that_no_policy_runs(
    tmp_path: Path, config: str, cmdline: str, wanted: tuple[str, ...]
) -> None:
    assert with_config(tmp_path, config, cmdline).lsms == Known(wanted)


BUILT = 'CONFIG_LSM="yama,apparmor"\nCONFIG_SECURITY_APPARMOR=y\nCONFIG_SECURITY_SELINUX=y\n'


def test_the_configuration_cannot_prove_that_a_policy_runs(tmp_path: Path) -> None:
    assert isinstance(with_config(tmp_path, BUILT).lsms, Unknown)
    labelled = with_config(tmp_path, BUILT, proc__1__attr__current="unconfined\n")
    assert labelled.lsms == Known(("capability", "apparmor"))


def test_the_boot_parameter_security_chooses_the_policy(tmp_path: Path) -> None:
    assert isinstance(with_config(tmp_path, BUILT, "security=selinux").lsms, Unknown)
    running = with_config(tmp_path, BUILT, "security=selinux", sys__fs__selinux__enforce="1")
    assert running.lsms == Known(("capability", "selinux"))


V1 = "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
V2 = "36 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"


@pytest.mark.parametrize(("mounts", "mode"), [(V1, "v1"), (V2, "v2"), (V1 + V2, "hybrid")])
def test_the_mode_of_control_groups(tmp_path: Path, mounts: str, mode: str) -> None:
    assert read(tmp_path, proc__1__mountinfo=mounts).cgroups == Known(mode)


def test_no_control_groups_mounted_is_unknown(tmp_path: Path) -> None:
    assert isinstance(read(tmp_path, proc__1__mountinfo="27 1 254:0 / / rw - ext4 /dev/vda rw\n").cgroups, Unknown)


def test_a_kernel_without_loadable_modules_has_none(tmp_path: Path) -> None:
    assert with_config(tmp_path, "CONFIG_USER_NS=y\n").modules == Known(())
    assert isinstance(with_config(tmp_path, "CONFIG_MODULES=y\n").modules, Unknown)


def test_a_broken_configuration_is_unknown(tmp_path: Path) -> None:
    assert isinstance(with_config(tmp_path, "no options here").config, Unknown)
    assert isinstance(read(tmp_path, proc__sys__kernel__kptr_restrict="x" * 5000).sysctls["kernel.kptr_restrict"], Unknown)
