"""The page of `ringfence host --processes` about the host's own processes."""

from ringfence.model.confinement import CapabilitySets
from ringfence.model.host_process import HostProcesses
from ringfence.model.linux import ALL_CAPABILITIES, Namespace, mask_of
from ringfence.report.terminal.host_processes import lines


def group(name: str, held: int, **more: object) -> HostProcesses:
    sets = CapabilitySets(effective=held, permitted=held, bounding=ALL_CAPABILITIES)
    told: dict[str, object] = {"unit": "", "uid": 0, "seccomp": 0, "pids": (7,), "own_namespaces": (), **more}
    return HostProcesses(name=name, capabilities=sets, **told)  # type: ignore[arg-type]  # passed through by name


def test_the_mighty_come_first_with_what_holds_them_back() -> None:
    shown = lines(
        [
            group("bash", 0, uid=1000, count=3),
            group("resolved", mask_of(["NET_RAW"]), uid=101, seccomp=2, filters=12, unit="systemd-resolved.service"),
            group("sshd", ALL_CAPABILITIES, unit="ssh.service", own_namespaces=(Namespace.MOUNT,)),
            group("podman", ALL_CAPABILITIES, uid=1001, own_namespaces=(Namespace.MOUNT, Namespace.USER)),
            group("cron", ALL_CAPABILITIES & ~mask_of(["SYS_RESOURCE"])),
        ],
        100,
    )
    assert shown == [
        "7 processes of the host itself, besides the kernel's threads",
        "  root, every capability, no system call filter",
        "    sshd (ssh.service; pid 7; own mnt)",
        "  an ordinary user, CAP_NET_RAW, 12 system call filters",
        "    resolved (systemd-resolved.service; pid 7; uid 101)",
        "  root, every capability but CAP_SYS_RESOURCE, no system call filter",
        "    cron (pid 7)",
        "  an ordinary user without capabilities, no system call filter",
        "    bash x3 (pid 7; uid 1000)",
        "  an ordinary user, with capabilities over a user namespace of its own only, no system call filter",
        "    podman (pid 7; own mnt user; uid 1001)",
    ]


def test_lines_keep_the_width_and_hostile_names_are_made_safe() -> None:
    shown = lines([group(f"\x1b[31m{number}", 0, pids=(number,)) for number in range(99)], 60)
    assert max(map(len, shown)) <= 60
    assert not any("\x1b" in line for line in shown)
    assert "59 other groups" in " ".join(shown)
