from pathlib import Path

import pytest

from ringfence.io.rooted import Rooted
from ringfence.layers.kernel.collect.proc import installed_kernels, modules, protections
from ringfence.layers.kernel.facts import InstalledKernel, Livepatch, Policy, boot_values
from ringfence.model.component import KernelState
from ringfence.model.knowledge import Known, Unknown


def tree(root: Path, **files: str) -> Rooted:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".").replace("_dash_", "-")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Rooted(str(root))


def test_the_last_boot_parameter_counts_and_those_for_the_first_process_do_not() -> None:
    words = ("ro", "module.sig-enforce=0", "module.sig_enforce=1", "--", "nokaslr")
    assert boot_values(words) == {"ro": "", "module.sig_enforce": "1"}


def test_lockdown_by_securityfs_by_build_and_by_parameter(tmp_path: Path) -> None:
    none, words = Rooted(str(tmp_path)), Known[tuple[str, ...]](("lockdown=integrity",))
    assert protections.lockdown(none, Unknown("not found"), words) == Unknown(
        "/sys/kernel/security/lockdown: No such file or directory, and not found"
    )
    assert protections.lockdown(none, Known({"CONFIG_BPF": "y"}), words) == Known("none")
    built = {"CONFIG_SECURITY_LOCKDOWN_LSM": "y"}
    assert protections.lockdown(none, Known(built), words) == Known("integrity")
    assert protections.lockdown(none, Known(built), Known(())) == Known("none")
    assert isinstance(protections.lockdown(none, Known(built | {"CONFIG_EFI": "y"}), Known(())), Unknown)
    forced = built | {"CONFIG_LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY": "y"}
    assert protections.lockdown(none, Known(forced), Known(())) == Known("confidentiality")
    seen = tree(tmp_path, sys__kernel__security__lockdown="none [integrity] confidentiality\n")
    assert protections.lockdown(seen, Unknown("not found"), words) == Known("integrity")


@pytest.mark.parametrize(
    ("options", "words", "wanted"),
    [
        ({"CONFIG_MODULE_SIG_FORCE": "y"}, (), True),
        ({"CONFIG_MODULES": "y"}, (), False),
        ({"CONFIG_MODULE_SIG": "y"}, ("module.sig_enforce=1",), True),
        ({"CONFIG_MODULE_SIG": "y"}, ("quiet",), False),
    ],
)
def test_whether_modules_must_be_signed(
    tmp_path: Path, options: dict[str, str], words: tuple[str, ...], wanted: bool
) -> None:
    assert protections.modules_signed(Rooted(str(tmp_path)), Known(options), Known(words)) == Known(wanted)


def test_the_modes_of_policies(tmp_path: Path) -> None:
    host = tree(
        tmp_path,
        sys__kernel__security__apparmor__profiles="/usr/sbin/sshd (complain)\ndocker-default (enforce)\n",
        sys__fs__selinux__enforce="0",
    )
    found = protections.policy(host, Known(("apparmor", "selinux")))
    assert found == Known(Policy(selinux="permissive", complaining=("/usr/sbin/sshd",), enforced=1))
    assert protections.policy(host, Known(("yama",))) == Known(Policy())
    assert isinstance(protections.policy(Rooted(str(tmp_path / "empty")), Known(("apparmor",))), Unknown)


def test_live_patches(tmp_path: Path) -> None:
    folder = "sys__kernel__livepatch__kpatch_1"
    host = tree(tmp_path, **{f"{folder}__enabled": "1\n", f"{folder}__transition": "0\n"})
    assert protections.livepatches(host) == Known((Livepatch(name="kpatch_1", enabled=True),))
    assert protections.livepatches(tree(tmp_path / "two", sys__kernel__x="")) == Known(())


def test_devices_of_this_machine_that_others_may_use() -> None:
    found = protections.devices(Rooted("/"))
    assert isinstance(found, Known)
    null = next(item for item in found.value if item.path == "/dev/null")
    assert (null.kind, null.mode & 0o666) == ("character", 0o666)
    assert all(item.mode & 0o077 for item in found.value)


STATUS = """Package: linux-image-6.1.0-30-amd64
Status: install ok installed
Architecture: amd64
Version: 6.1.124-1

"""


def test_installed_kernels_with_their_packages(tmp_path: Path) -> None:
    host = tree(tmp_path, **{"boot__vmlinuz-6.1.0-28-amd64": "", "boot__vmlinuz-6.1.0-30-amd64": "", "boot__grub": ""})
    tree(tmp_path, var__lib__dpkg__status=STATUS, run__reboot_dash_required="")
    assert installed_kernels.read(host) == Known(
        (InstalledKernel(release="6.1.0-28-amd64"), InstalledKernel(release="6.1.0-30-amd64", package_version="6.1.124-1"))
    )
    assert installed_kernels.asked(host) == "/run/reboot-required"
    assert installed_kernels.read(Rooted(str(tmp_path / "empty"))) == Known(())


def test_modules_on_disk_and_refused(tmp_path: Path) -> None:
    host = tree(
        tmp_path,
        **{"lib__modules__6.1.1__modules.dep": "kernel/net/nf_tables.ko.xz: kernel/lib/a.ko\nkernel/x/snd-hda.ko:\n"},
        **{"etc__modprobe.d__cis.conf": "install dccp /bin/false\n"},
    )
    kernel = modules.read(host, KernelState(node="n", release=Known("6.1.1"), config=Known({"CONFIG_MODULES": "y"})))
    assert kernel.module_files == Known(("nf_tables", "snd_hda"))
    assert kernel.barred_modules == Known(("dccp",))
    bare = modules.read(host, KernelState(node="n", release=Known("6.1.1"), config=Known({"CONFIG_BPF": "y"})))
    assert bare.module_files == Known(())
    assert isinstance(modules.read(host, KernelState(node="n", release=Known("../../x"))).module_files, Unknown)
