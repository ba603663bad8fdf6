"""The collector against a fake /proc: a Debian 12 host on which containers of several kinds run."""

from pathlib import Path

import msgspec
import pytest

from ringfence.io.rooted import Rooted
from ringfence.io.world import Target, World
from ringfence.layers.kernel.collect.running_kernel import collect
from ringfence.layers.kernel.facts import Facts, ProcessCount
from ringfence.model.confinement import IdRange, Kernel, Lsm, Mount, Sharing
from ringfence.model.finding import Problem
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import Namespace
from ringfence.model.syscall_filter import UNCONFINED
from ringfence.model.workload import Workload

DOCKER = "d" * 64
PODMAN = "a" * 64
HOST_PID_NS = 4026531836
HOST_MOUNTS = """22 27 0:21 / /proc rw - proc proc rw
23 27 0:22 / /sys rw - sysfs sysfs rw
27 1 254:0 / / rw - ext4 /dev/vda rw
28 27 0:23 / /run rw - tmpfs tmpfs rw
31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw
"""
CONTAINER_MOUNTS = """73 48 0:40 / / ro - overlay overlay rw,lowerdir=/l
74 73 254:0 /srv/data /data ro master:1 - ext4 /dev/vda rw
75 73 0:43 / /proc rw - proc proc rw
76 75 0:44 /null /proc/keys rw - tmpfs tmpfs rw
77 73 0:45 / /sys ro - sysfs sysfs ro
78 77 0:49 / /sys/firmware ro - tmpfs tmpfs ro
79 73 0:44 / /dev rw - tmpfs tmpfs rw
80 73 0:23 /docker.sock /var/run/docker.sock rw - tmpfs tmpfs rw
81 73 8:16 / /volume rw - xfs /dev/sdb rw
82 77 0:28 /docker/x /sys/fs/cgroup ro - cgroup2 cgroup2 rw
83 73 0:21 / /hostproc rw - proc proc rw
84 73 254:0 /var/lib/docker/containers/x/hosts /etc/hosts rw - ext4 /dev/vda rw
"""
KINDS = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")


class FakeHost:
    """Writes a /proc under a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[Problem] = []
        self.write("proc/version", "Linux version 6.1.0-28-amd64 (x) #1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)\n")
        self.write("proc/sys/kernel/osrelease", "6.1.0-28-amd64\n")
        self.write("proc/sys/kernel/kptr_restrict", "0\n")
        self.write("boot/config-6.1.0-28-amd64", "CONFIG_USER_NS=y\nCONFIG_SECURITY_APPARMOR=y\nCONFIG_X86_64=y\n")
        self.write("sys/kernel/security/lsm", "lockdown,capability,landlock,yama,apparmor,bpf")
        self.write("proc/modules", "overlay 151552 1 - Live 0x0\nnf_tables 1 0 - Live 0x0\n")
        self.write("etc/os-release", 'ID=debian\nVERSION_ID="12"\n')
        self.write("sys/devices/system/cpu/vulnerabilities/meltdown", "Mitigation: PTI\n")
        self.process(1, cgroup="/init.scope", mounts=HOST_MOUNTS)

    def write(self, path: str, text: str) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def process(
        self,
        pid: int,
        *,
        cgroup: str = "/user.slice",
        own: dict[str, int] | None = None,
        nspid: str = "",
        seccomp: int = 0,
        filters: int | None = None,
        name: str = "x",
        capabilities: int = 0x1FFFFFFFFFF,
        uid: int = 0,
        mounts: str = HOST_MOUNTS,
        uid_map: str = "0 0 4294967295\n",
        label: str = "unconfined\n",
        parent: int = 1,
    ) -> None:
        here = f"proc/{pid}"
        self.write(f"{here}/cgroup", f"0::{cgroup}\n")
        mask = f"{capabilities:016x}"
        self.write(
            f"{here}/status",
            f"Name:\t{name}\nPPid:\t{parent}\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\nGid:\t{uid}\t{uid}\t{uid}\t{uid}\n"
            f"NSpid:\t{nspid or pid}\nCapInh:\t0\nCapPrm:\t{mask}\nCapEff:\t{mask}\nCapBnd:\t{mask}\nCapAmb:\t0\n"
            f"NoNewPrivs:\t0\nSeccomp:\t{seccomp}\n"
            f"Seccomp_filters:\t{filters if filters is not None else int(seccomp == 2)}\n",
        )
        self.write(f"{here}/mountinfo", mounts)
        self.write(f"{here}/uid_map", uid_map)
        self.write(f"{here}/gid_map", uid_map)
        self.write(f"{here}/attr/current", label)
        links = self.root / here / "ns"
        links.mkdir()
        for kind in KINDS:
            number = (own or {}).get(kind, HOST_PID_NS if kind == "pid" else 1)
            (links / kind).symlink_to(f"{kind}:[{number}]")

    def container(
        self, pid: int, number: int, *, cgroup: str, shared: tuple[str, ...] = ("user", "time"), **more: object
    ) -> None:
        own = {kind: number for kind in KINDS if kind not in shared}
        extra: dict[str, object] = {"nspid": f"{pid} 1", "seccomp": 2, "mounts": CONTAINER_MOUNTS, **more}
        self.process(pid, cgroup=cgroup, own=own, **extra)  # type: ignore[arg-type]  # passed through by name

    def collect(self) -> Facts:
        world = World(node="node-1", today="2026-11-24", host=Rooted(str(self.root)), report=self.problems.append)
        (facts,) = collect(Target("host", "localhost"), world)
        return facts

    def only(self) -> Workload:
        (workload,) = self.collect().workloads
        return workload


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    return FakeHost(tmp_path)


def test_the_kernel_of_debian(host: FakeHost) -> None:
    facts = host.collect()
    assert facts.component.version == Known("6.1.119")
    assert facts.component.package is not None
    assert facts.component.package.purl == "pkg:deb/debian/linux-image-6.1.0-28-amd64@6.1.119-1?distro=debian-12"
    assert (facts.packages[0].advisory_name, facts.packages[0].advisory_version) == ("linux", "6.1.119-1")
    assert facts.end_of_life == Known("2027-12-31")
    kernel = facts.kernel
    assert (kernel.release, kernel.distribution, kernel.architecture) == (Known("6.1.0-28-amd64"), "debian:12", "x86_64")
    assert kernel.sysctls["kernel.kptr_restrict"] == Known("0")
    assert kernel.sysctls["kernel.io_uring_disabled"] == Known("")
    assert kernel.cgroups == Known("v2")
    assert kernel.modules == Known(("nf_tables", "overlay"))
    assert host.problems == []
    assert facts.workloads == ()


def test_a_container_of_docker(host: FakeHost) -> None:
    host.container(
        4242, 77, cgroup=f"/system.slice/docker-{DOCKER}.scope", capabilities=0xA80425FB, label="docker-default (enforce)\n"
    )
    host.process(4300, cgroup=f"/system.slice/docker-{DOCKER}.scope", own=dict.fromkeys(("pid", "mnt"), 77), nspid="4300 7")
    workload = host.only()
    assert (workload.container_id, workload.engine, workload.pids) == (DOCKER, "docker", (4242, 4300))
    assert workload.cgroup == f"/system.slice/docker-{DOCKER}.scope"
    seen = workload.confinement
    assert isinstance(seen.capabilities, Known)
    assert seen.capabilities.value.effective == 0xA80425FB
    assert isinstance(seen.syscalls, Unknown)
    assert seen.lsm == Known(Lsm(module="apparmor", label="docker-default", enforcing=True))
    assert seen.read_only_root == Known(True)
    assert seen.masked_paths == Known(("/proc/keys", "/sys/firmware"))
    assert seen.kernel == Known(Kernel.HOST)
    assert isinstance(seen.privileged, Unknown)
    assert seen.no_new_privileges == Known(False)
    assert seen.namespaces == Known(
        {kind: Sharing.HOST if kind in (Namespace.USER, Namespace.TIME) else Sharing.OWN for kind in Namespace}
    )
    assert seen.at("capabilities").path == "/proc/4242/status"


def test_what_is_mounted_from_outside(host: FakeHost) -> None:
    host.container(4242, 77, cgroup=f"/docker/{DOCKER}")
    assert host.only().confinement.mounts == Known(
        (
            Mount(source="/srv/data", destination="/data", read_only=True, propagation="slave"),
            Mount(source="/run/docker.sock", destination="/var/run/docker.sock", propagation="private"),
            Mount(source="/dev/sdb", destination="/volume", kind="xfs", propagation="private"),
            Mount(source="/proc", destination="/hostproc", propagation="private"),
        )
    )


def test_ids_are_told_as_seen_inside(host: FakeHost) -> None:
    host.container(50, 9, cgroup=f"/x/libpod-{PODMAN}.scope", shared=(), uid=100005, uid_map="0 100000 65536\n")
    seen = host.only().confinement
    assert (seen.uid, seen.gid) == (Known(5), Known(5))
    assert seen.uid_map == Known((IdRange(inside=0, outside=100000, length=65536),))
    assert seen.maps_host_root == Known(False)


def test_filters_are_counted(host: FakeHost) -> None:
    host.container(700, 9, cgroup=f"/docker/{DOCKER}", filters=3)
    assert host.only().confinement.filters == Known(3)


def test_processes_of_the_host_stand_together_by_what_they_may_do(host: FakeHost) -> None:
    host.process(2, parent=0, name="kthreadd")
    host.process(40, parent=2, name="kworker/0:1")
    host.process(300, cgroup="/system.slice/ssh.service", name="sshd")
    host.process(301, cgroup="/system.slice/ssh.service", name="sshd")
    host.process(
        302, cgroup="/system.slice/resolved.service", name="resolved", uid=101, seccomp=2, capabilities=0x400, own={"mnt": 5}
    )
    host.container(700, 9, cgroup=f"/docker/{DOCKER}")
    found = {item.name: item for item in host.collect().host_processes}
    assert found.keys() == {"x", "sshd", "resolved"}
    assert (found["sshd"].count, found["sshd"].pids, found["sshd"].unit) == (2, (300, 301), "ssh.service")
    assert found["resolved"].own_namespaces == (Namespace.MOUNT,)
    assert (found["resolved"].seccomp, found["resolved"].filters, found["resolved"].uid) == (2, 1, 101)


def test_no_filter_is_known(host: FakeHost) -> None:
    host.container(50, 9, cgroup=f"/x/libpod-{PODMAN}.scope", seccomp=0)
    assert host.only().confinement.syscalls == Known(UNCONFINED)


def test_plain_runc_is_found_by_its_namespaces(host: FakeHost) -> None:
    host.container(50, 9, cgroup="/my-container")
    host.process(51, cgroup="/system.slice/tmp.service", own={"mnt": 12})  # a service with a private /tmp
    workload = host.only()
    assert (workload.container_id, workload.identity.name, workload.pids) == ("my-container", "my-container", (50,))


def test_plain_runc_in_the_pid_namespace_of_the_host_is_found_by_its_root(host: FakeHost) -> None:
    host.container(50, 9, cgroup="/user/my-container", shared=("user", "pid"), nspid="50")
    host.process(60, cgroup="/", own={"mnt": 12}, mounts="1 1 0:6 / / rw - devtmpfs devtmpfs rw\n", parent=2)  # kdevtmpfs
    workload = host.only()
    assert workload.container_id == "my-container"
    assert isinstance(workload.confinement.namespaces, Known)
    assert workload.confinement.namespaces.value[Namespace.PID] is Sharing.HOST


def test_a_container_in_a_cgroup_of_the_host_takes_its_id_from_what_the_engine_binds(host: FakeHost) -> None:
    bound = f"85 73 254:0 /run/overlay-containers/{PODMAN}/userdata/hosts /etc/hosts rw - ext4 /dev/vda rw\n"
    host.process(40, cgroup="/session")
    host.container(50, 9, cgroup="/session", mounts=CONTAINER_MOUNTS + bound)
    host.container(60, 10, cgroup="/session")
    named, nameless = host.collect().workloads
    assert named.container_id == PODMAN
    assert (nameless.container_id, nameless.identity.name) == ("", "pid-60")


@pytest.mark.parametrize(
    ("reader", "wanted"),
    [("", Known(("rdma",))), ("cgroup:[4026531835]", Known(("rdma",))), ("cgroup:[4026532000]", None)],
)
def test_the_root_of_a_cgroup_v1_hierarchy_is_told_from_the_host_alone(
    host: FakeHost, reader: str, wanted: Known[tuple[str, ...]] | None
) -> None:
    host.container(50, 9, cgroup=f"/docker/{DOCKER}")
    host.write("proc/50/cgroup", f"12:rdma:/\n5:memory:/docker/{DOCKER}\n0::/docker/{DOCKER}\n")
    if reader:
        (host.root / "proc/self/ns").mkdir(parents=True)
        (host.root / "proc/self/ns/cgroup").symlink_to(reader)
    found = host.only().confinement.root_cgroups
    assert found == wanted if wanted else isinstance(found, Unknown)


def test_a_monitor_is_of_the_host(host: FakeHost) -> None:
    host.process(40, cgroup=f"/machine.slice/libpod-conmon-{PODMAN}.scope")
    host.process(41, cgroup=f"/docker/{DOCKER}")  # in the cgroup, but with the host's files: a runtime about to start one
    assert host.collect().workloads == ()


def test_a_pod_shares_the_namespaces_of_its_elder(host: FakeHost) -> None:
    host.container(50, 9, cgroup=f"/kubepods/pod1/{PODMAN}")
    host.container(60, 10, cgroup=f"/kubepods/pod1/{DOCKER}")
    for kind in ("net", "ipc"):
        link = host.root / f"proc/60/ns/{kind}"
        link.unlink()
        link.symlink_to(f"{kind}:[9]")
    pause, app = (item.confinement.namespaces for item in host.collect().workloads)
    assert isinstance(pause, Known)
    assert isinstance(app, Known)
    assert pause.value[Namespace.NETWORK] is Sharing.OWN
    assert app.value[Namespace.NETWORK] is Sharing.OTHER
    assert app.value[Namespace.PID] is Sharing.OWN


def test_without_root_containers_are_found_but_not_looked_into(host: FakeHost) -> None:
    host.container(50, 9, cgroup=f"/docker/{DOCKER}")
    for pid in (1, 50):
        for link in (host.root / f"proc/{pid}/ns").iterdir():
            link.unlink()
    facts = host.collect()
    (workload,) = facts.workloads
    assert isinstance(workload.confinement.namespaces, Unknown)
    assert isinstance(workload.confinement.capabilities, Known)
    assert facts.processes == ProcessCount(seen=2, in_containers=1, unreadable=2)
    assert [(item.where, item.mend) for item in host.problems] == [("/proc", "run as root, with all capabilities")]


def test_a_hardened_process_1_is_stood_in_for_by_kthreadd(host: FakeHost) -> None:
    for link in (host.root / "proc/1/ns").iterdir():
        link.unlink()
    host.process(2, cgroup="/", parent=0)
    host.container(50, 9, cgroup=f"/docker/{DOCKER}")
    assert isinstance(host.only().confinement.namespaces, Known)
    assert host.problems == []


def test_from_inside_a_container_the_view_is_said_to_be_partial(host: FakeHost) -> None:
    link = host.root / "proc/1/ns/pid"
    link.unlink()
    link.symlink_to("pid:[4026532999]")
    host.collect()
    assert [item.why for item in host.problems] == ["only the processes of a container are visible, not the host's"]


def test_a_process_that_ends_while_it_is_read_is_passed_over(host: FakeHost) -> None:
    (host.root / "proc/77").mkdir()
    host.container(50, 9, cgroup=f"/docker/{DOCKER}")
    (host.root / "proc/50/status").unlink()
    assert host.collect().workloads == ()


@pytest.mark.parametrize("file", ["cgroup", "status", "mountinfo", "uid_map", "attr/current"])
def test_nonsense_in_proc_never_breaks_the_run(host: FakeHost, file: str) -> None:
    host.container(50, 9, cgroup=f"/docker/{DOCKER}")
    (host.root / "proc/50" / file).write_bytes(b"\xff\x00nonsense\n" * 50)
    host.collect()


def test_an_empty_root_gives_unknowns_and_problems(tmp_path: Path) -> None:
    problems: list[Problem] = []
    world = World(node="n", today="2026-11-24", host=Rooted(str(tmp_path)), report=problems.append)
    (facts,) = collect(Target("host", "localhost"), world)
    kernel = facts.kernel
    unknown = (kernel.release, kernel.config, kernel.lsms, kernel.cgroups, kernel.modules, facts.component.version)
    assert all(isinstance(item, Unknown) for item in (*unknown, *kernel.sysctls.values(), facts.cpu_vulnerabilities))
    assert [item.why for item in problems] == ["no process is visible"]


def test_another_kind_of_target_yields_nothing(host: FakeHost) -> None:
    assert list(collect(Target("image", "x"), World(node="n", today="", host=Rooted(str(host.root))))) == []


def test_facts_survive_json(host: FakeHost) -> None:
    host.container(50, 9, cgroup=f"/docker/{DOCKER}")
    facts = host.collect()
    assert msgspec.json.decode(msgspec.json.encode(facts), type=Facts) == facts
