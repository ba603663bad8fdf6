"""Makes the containers of the oracle and lets the prober speak in them."""

import json
import os
import pwd
import shutil
import signal
import stat
import struct
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from live.oracle.configurations import NODES, SHIFTED, Bundle, Podman
from live.oracle.predicted import PROGRAMS, Query
from ringfence.model.confinement import IdRange
from ringfence.model.execve import Program
from ringfence.model.syscall_gate import Entry

LIMITS = ("--ulimit=nofile=1024:1024", "--ulimit=nproc=1000:1000", "--network=none")
ENTRY_CODES = {Entry.X86_64: 0, Entry.I386: 1, Entry.X32: 2}
UNIFIED = "/sys/fs/cgroup/unified"
"""Where systemd mounts cgroup v2 on a host that has both."""
PREFIX = f"rfo-{os.getpid()}"


@dataclass(frozen=True)
class Heard:
    """The bundle's `config.json` and the prober's lines."""

    config: bytes
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Workshop:
    """Where containers are made: `roots` has a root file system for each id that uid 0 of a container may be outside."""

    place: Path
    image: str
    roots: dict[int, Path]
    template: dict[str, Any]
    store: Path

    @property
    def config_of(self) -> str:
        """Where Podman keeps a bundle's configuration as long as the container is not removed."""
        return f"{self.store}/overlay-containers/{{}}/userdata/config.json"


def build(place: Path) -> Path:
    """The prober, built static by the compiler of this machine."""
    source, made = Path(__file__).with_name("prober.c"), place / "prober"
    run(["gcc", "-static", "-O1", "-Wall", "-Wextra", "-Werror", "-o", str(made), str(source)])
    return made


def workshop(place: Path) -> Workshop:
    """Builds the prober and what it is put into. Users without rights on this host must be able to reach `place`."""
    prober = build(place)
    roots = {first: _root(place / f"root-{first}", prober, first) for first in (0, *SHIFTED)}
    image = f"localhost/{PREFIX}:latest"
    archive = _archive(roots[0], place / "image.tar")
    run(["podman", "import", "-q", str(archive), image])
    run(["runc", "spec", "--bundle", str(place)])
    template = json.loads((place / "config.json").read_text(encoding="utf-8"))
    store = Path(run(["podman", "info", "--format={{.Store.GraphRoot}}"]).strip())
    return Workshop(place=place, image=image, roots=roots, template=template, store=store)


def capability_attribute(program: Program) -> bytes:
    """The extended attribute security.capability, version 2 (include/uapi/linux/capability.h, `vfs_cap_data`)."""
    low, high = ((program.permitted, program.inheritable), (program.permitted >> 32, program.inheritable >> 32))
    flags = 0x02000000 | int(program.effective)
    return struct.pack("<IIIII", flags, *(word & 0xFFFFFFFF for word in (*low, *high)))


def _programs(place: Path, prober: Path, first: int) -> None:
    """The prober once more for each of `PROGRAMS`, with its owner, its bit and its capabilities."""
    (place / "programs").mkdir()
    for name, program in PROGRAMS.items():
        file = place / "programs" / name
        shutil.copy(prober, file)
        owner = first + (program.set_uid or 0)
        os.chown(file, owner, owner)
        file.chmod(0o755 if program.set_uid is None else 0o4755)
        if program.has_capabilities:
            os.setxattr(file, "security.capability", capability_attribute(program))


def _nodes(place: Path, first: int) -> None:
    """Device nodes that anybody may open, as far as their permissions go."""
    (place / "nodes").mkdir()
    for name, (major, minor) in NODES.items():
        kind = stat.S_IFCHR if name[0] == "c" else stat.S_IFBLK
        os.mknod(place / "nodes" / name, kind | 0o666, os.makedev(major, minor))
        os.chown(place / "nodes" / name, first, first)
        (place / "nodes" / name).chmod(0o666)


def _archive(root: Path, archive: Path) -> Path:
    """The tree as an image's layer, with capabilities of files and without device nodes, which Podman's mount disarms."""
    with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(root.rglob("*")):
            if path.parent.name == "nodes":
                continue
            entry = tar.gettarinfo(str(path), str(path.relative_to(root)))
            entry.uname = entry.gname = ""
            if path.parent.name == "programs" and PROGRAMS[path.name].has_capabilities:
                value = capability_attribute(PROGRAMS[path.name]).decode("latin-1")
                entry.pax_headers = {"SCHILY.xattr.security.capability": value}
            if entry.isreg():
                with path.open("rb") as data:
                    tar.addfile(entry, data)
            else:
                tar.addfile(entry)
    return archive


def _root(place: Path, prober: Path, first: int) -> Path:
    """A root file system with the prober, the mark that lets it run, and a file of somebody else."""
    for name in ("proc", "sys", "dev", "tmp", "etc", "data0", "data1"):
        (place / name).mkdir(parents=True)
    shutil.copy(prober, place / "prober")
    (place / "ringfence-oracle").touch()
    (place / "etc/passwd").write_text("root:x:0:0::/:/prober\n", encoding="utf-8")
    (place / "others").touch()
    for path in (place, *place.rglob("*")):
        os.chown(path, first, first)
    os.chown(place / "others", first + 1, first + 1)
    _programs(place, prober, first)
    _nodes(place, first)
    return place


def spoken(queries: list[Query]) -> str:
    """Calls as the prober reads them."""
    return "".join(
        f"{ENTRY_CODES[entry]} {number} {' '.join(map(str, arguments))}\n" for entry, number, arguments in queries
    )


def run(words: list[str], given: str = "") -> str:
    done = subprocess.run(words, input=given, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr.strip()} {done.stdout[-200:]}"
    return done.stdout


@dataclass(frozen=True)
class Plain:
    """A user of this host without privilege: who may map ids, what of them, and where the image is."""

    name: str
    uid: int
    first: int
    count: int
    home: Path

    @property
    def maps(self) -> tuple[IdRange, ...]:
        """What every container of this user's engine is mapped to: the user, then the range of subuid(5)."""
        return (IdRange(inside=0, outside=self.uid, length=1), IdRange(inside=1, outside=self.first, length=self.count))

    def words(self, *words: str) -> list[str]:
        """A command line of that user. Without a session there is no runtime directory: one is given."""
        place = ["env", f"HOME={self.home}", f"XDG_RUNTIME_DIR=/tmp/{PREFIX}-run"]
        return ["setpriv", f"--reuid={self.uid}", f"--regid={self.uid}", "--init-groups", *place, *words]


def plain_user() -> tuple[str, int, int, int, Path] | None:
    """The first user with a home and a range of ids of its own, if this host has one."""
    for line in Path("/etc/subuid").read_text(encoding="utf-8").splitlines() if Path("/etc/subuid").exists() else ():
        name, first, count = line.split(":")
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        if Path(found.pw_dir).is_dir() and found.pw_uid:
            return name, found.pw_uid, int(first), int(count), Path(found.pw_dir)
    return None


@contextmanager
def rootless(shop: Workshop) -> Iterator[Plain]:
    """The image in that user's own store, for as long as it is needed."""
    found = plain_user()
    assert found is not None
    name, uid, first, count, home = found
    runtime = Path(f"/tmp/{PREFIX}-run")
    runtime.mkdir(mode=0o700)
    os.chown(runtime, uid, uid)
    (shop.place / "image.tar").chmod(0o644)
    user = Plain(name=name, uid=uid, first=first, count=count, home=home)
    try:
        run(user.words("podman", "--cgroup-manager=cgroupfs", "import", "-q", str(shop.place / "image.tar"), shop.image))
        yield user
    finally:
        subprocess.run(user.words("podman", "rmi", "--force", shop.image), capture_output=True, check=False, timeout=60)
        _end_pause(runtime)
        shutil.rmtree(runtime, ignore_errors=True)


def _end_pause(runtime: Path) -> None:
    """Ends the process that holds the engine's user namespace between its commands."""
    for file in runtime.glob("libpod/tmp/pause.pid"):
        with suppress(ProcessLookupError):
            os.kill(int(file.read_text(encoding="utf-8")), signal.SIGTERM)


def in_rootless_podman(case: Podman, user: Plain, shop: Workshop, queries: list[Query], paths: list[str]) -> Heard:
    """As `in_podman`, by that user."""
    name = f"{PREFIX}-{case.name}"
    first = ["podman", "--cgroup-manager=cgroupfs", "--runtime=runc", "run", "-i", f"--name={name}"]
    try:
        heard = run(user.words(*first, *LIMITS, *case.words, shop.image, "/prober", *paths), spoken(queries))
        place = run(user.words("podman", "inspect", "--format={{.OCIConfigPath}}", name)).strip()
        config = Path(place).read_bytes()
    finally:
        words = user.words("podman", "rm", "--force", "--ignore", "--time=0", name)
        subprocess.run(words, capture_output=True, check=False, timeout=60)
    return Heard(config=config, lines=tuple(heard.splitlines()))


def in_podman(case: Podman, shop: Workshop, queries: list[Query], paths: list[str]) -> Heard:
    """Runs the prober under Podman and runc. The bundle stays until the container is removed: see `remove`."""
    name, words = f"{PREFIX}-{case.name}", list(case.words)
    if case.profile is not None:
        file = shop.place / f"{case.name}.json"
        file.write_text(json.dumps(case.profile), encoding="utf-8")
        words.append(f"--security-opt=seccomp={file}")
    number = shop.place / f"{case.name}.id"
    first = ["podman", "--runtime", "runc", "run", "-i", f"--name={name}", f"--cidfile={number}"]
    heard = run([*first, *LIMITS, *words, shop.image, "/prober", *paths], spoken(queries))
    config = Path(shop.config_of.format(number.read_text(encoding="utf-8").strip()))
    return Heard(config=config.read_bytes(), lines=tuple(heard.splitlines()))


def remove(cases: Iterable[Podman]) -> None:
    """The containers of these cases, if they are there."""
    words = ["podman", "--runtime", "runc", "rm", "--force", "--ignore", "--time=0"]
    subprocess.run([*words, *(f"{PREFIX}-{case.name}" for case in cases)], capture_output=True, check=False, timeout=120)


def in_bundle(case: Bundle, shop: Workshop, queries: list[Query], paths: list[str]) -> Heard:
    """Runs the prober in a bundle written here, by runc alone."""
    bundle = shop.place / case.name
    bundle.mkdir()
    spec: dict[str, Any] = json.loads(json.dumps(shop.template))
    ranges = case.linux["uidMappings"]
    spec["root"] = {"path": str(shop.roots[ranges[0]["hostID"] if ranges else 0]), "readonly": case.read_only_root}
    spec["process"] |= {"terminal": False, "args": ["/prober", *paths], "rlimits": [], **case.process}
    spec["mounts"] += case.mounts
    spec["linux"] |= case.linux
    if not any(item["type"] == "uts" for item in case.linux["namespaces"]):
        del spec["hostname"]
    if ranges:
        spec["mounts"] = [item for item in spec["mounts"] if item["type"] != "cgroup"]  # v1 belongs to the host's root
    config = json.dumps(spec)
    (bundle / "config.json").write_text(config, encoding="utf-8")
    state = str(shop.place / f"state-{case.runtime}")
    words = [case.runtime, "--root", state, "run", "--bundle", str(bundle), f"{PREFIX}-{case.name}"]
    if case.runtime == "crun":
        # crun refuses hybrid hosts: it runs where the unified hierarchy is out of sight.
        hide = ["sh", "-c", f'umount {UNIFIED} 2>/dev/null; exec "$@"', "sh"]
        words = ["unshare", "--mount", "--propagation=slave", *hide, *words]
    return Heard(config=config.encode(), lines=tuple(run(words, spoken(queries)).splitlines()))


@contextmanager
def shared_mount(path: str) -> Iterator[None]:
    """A directory of this host that is a mount in a peer group, for as long as it is needed."""
    os.makedirs(path, exist_ok=True)
    try:
        run(["mount", "-t", "tmpfs", "-o", "size=64k", "ringfence-oracle", path])
        Path(path, "here").touch()
        run(["mount", "--make-shared", path])
        yield
    finally:
        subprocess.run(["umount", path], capture_output=True, check=False, timeout=60)
        os.rmdir(path)
