"""Makes the containers of the oracle and lets the prober speak in them."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from live.oracle.configurations import SHIFTED, Bundle, Podman
from live.oracle.predicted import Query
from ringfence.model.syscall_gate import Entry

LIMITS = ("--ulimit=nofile=1024:1024", "--ulimit=nproc=1000:1000", "--network=none")
ENTRY_CODES = {Entry.X86_64: 0, Entry.I386: 1, Entry.X32: 2}
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
    run(["podman", "import", "-q", shutil.make_archive(str(place / "image"), "tar", roots[0]), image])
    run(["runc", "spec", "--bundle", str(place)])
    template = json.loads((place / "config.json").read_text(encoding="utf-8"))
    store = Path(run(["podman", "info", "--format={{.Store.GraphRoot}}"]).strip())
    return Workshop(place=place, image=image, roots=roots, template=template, store=store)


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
    words = ["runc", "--root", str(shop.place / "state"), "run", "--bundle", str(bundle), f"{PREFIX}-{case.name}"]
    return Heard(config=config.encode(), lines=tuple(run(words, spoken(queries)).splitlines()))
