"""Writes the engines' default seccomp profiles (knowledge/runtime_defaults) out of their own published Go modules.

A module with a `default.json` gives its profile as it is. containerd has its profile only as a function: a small program
asks it for every capability, architecture and kernel, and the conditions are what its answers differ in. Needs Go and
qemu-user-static (Debian; for other machines and older kernels). Run by hand when a runtime publishes a new profile:
`python tools/default_profiles.py [NAME ...]`.
"""

import json
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any, NamedTuple

from ringfence.model.linux import Capability

FOLDER = Path(__file__).parents[1] / "src/ringfence/knowledge/runtime_defaults"

MACHINES = {
    "amd64": ("x86_64", "SCMP_ARCH_X86_64"),
    "arm64": ("aarch64", "SCMP_ARCH_AARCH64"),
    "ppc64le": ("ppc64le", "SCMP_ARCH_PPC64LE"),
    "riscv64": ("riscv64", "SCMP_ARCH_RISCV64"),
    "s390x": ("s390x", "SCMP_ARCH_S390X"),
}
"""Go's name of an architecture: qemu's, and libseccomp's."""
OLD_KERNEL, SINCE_KERNEL, NEW_KERNEL = "4.7.0", "4.8", "6.12.0"
"""The engines tell kernels apart at 4.8 only, where ptrace no longer slips past seccomp (moby/moby#38137)."""

Rule = dict[str, Any]
Versions = tuple[tuple[str, str], ...]
"""From (inclusive; empty: every older one) and before (exclusive; empty: every newer one)."""


class Entry(NamedTuple):
    """A file to write: `module` at `version` answers for the `versions` of `runtime`."""

    file: str
    runtime: str
    module: str
    version: str
    versions: Versions
    path: str = "default.json"
    source: str = ""
    denied: tuple[str, ...] = ()
    """Calls that this version denies with ENOSYS and the module's next version allows again."""
    guarded: tuple[str, ...] = ()
    """Calls that the engine gives only to who has CAP_SYS_ADMIN, whatever the module says."""


MOBY, PROFILES = "github.com/docker/docker", "github.com/moby/profiles/seccomp"
IN_MOBY = "profiles/seccomp/default.json"
COMMON, IN_COMMON = "github.com/containers/common", "pkg/seccomp/seccomp.json"
CRI_O = "https://github.com/cri-o/cri-o/blob/58a9d7ed88184224fe11810a2053cf7ed89bcd33/internal/config/seccomp/seccomp.go"
CONTAINERD, CONTAINERD_2 = "github.com/containerd/containerd", "github.com/containerd/containerd/v2"

ENTRIES = (
    Entry("docker-20.10.24", "docker", MOBY, "v20.10.24+incompatible", (("", "20.10.27"),), IN_MOBY),
    Entry("docker-20.10.27", "docker", MOBY, "v20.10.27+incompatible", (("20.10.27", "23.0"),), IN_MOBY),
    Entry("docker-23.0.4", "docker", MOBY, "v23.0.4+incompatible", (("23.0", "24.0"),), IN_MOBY),
    Entry("docker-24.0.9", "docker", MOBY, "v24.0.9+incompatible", (("24.0", "25.0"),), IN_MOBY),
    Entry("docker-25.0.6", "docker", MOBY, "v25.0.6+incompatible", (("25.0", "28.3.3"),), IN_MOBY),
    Entry("docker-28.3.3", "docker", PROFILES, "v0.1.0", (("28.3.3", "29.4.2"),), source="moby/moby vendor.mod of 28.4.0"),
    Entry(
        "docker-29.4.2",
        "docker",
        PROFILES,
        "v0.2.3",
        (("29.4.2", "29.4.3"),),
        source="https://github.com/moby/profiles/pull/21 and https://github.com/moby/moby/pull/52501: no socketcall",
        denied=("socketcall",),
    ),
    Entry(
        "docker-29.4.3",
        "docker",
        PROFILES,
        "v0.2.3",
        (("29.4.3", ""),),
        source="https://github.com/moby/moby/pull/52537: socketcall again, AF_ALG left to AppArmor there",
    ),
    Entry(
        "containers-common-0.58.3",
        "podman",
        COMMON,
        "v0.58.3",
        (("5.0", "5.2"),),
        IN_COMMON,
        source="go.mod of Podman 5.0.3 (0.58.3) and 5.1.2 (0.59.1, which has the same file)",
    ),
    Entry(
        "containers-common-0.60.4",
        "podman",
        COMMON,
        "v0.60.4",
        (("5.2", "5.5"),),
        IN_COMMON,
        source="go.mod of Podman 5.2.5 (0.60.4) and 5.4.2 (0.62.3, which has the same file)",
    ),
    Entry(
        "containers-common-0.64.2",
        "podman",
        COMMON,
        "v0.64.2",
        (("5.5", ""),),
        IN_COMMON,
        source="go.mod of Podman 5.5.2 (0.63.1, which has the same file) and 5.6.2 (0.64.2)",
    ),
    Entry(
        "cri-o-1.34",
        "cri-o",
        COMMON,
        "v0.63.1",
        (("1.34", ""),),
        IN_COMMON,
        source=f"go.mod of CRI-O 1.34.0 (0.63.0); {CRI_O}: unshare only for CAP_SYS_ADMIN",
        guarded=("unshare",),
    ),
    Entry("containerd-1.6.36", "containerd", CONTAINERD, "v1.6.36", (("1.6.36", "1.7.0"),)),
    Entry("containerd-1.7.2", "containerd", CONTAINERD, "v1.7.2", (("1.7.0", "1.7.6"),)),
    Entry("containerd-1.7.6", "containerd", CONTAINERD, "v1.7.6", (("1.7.6", "1.7.18"),)),
    Entry("containerd-1.7.18", "containerd", CONTAINERD, "v1.7.18", (("1.7.18", "1.7.32"),)),
    Entry(
        "containerd-1.7.32",
        "containerd",
        CONTAINERD,
        "v1.7.32",
        (("1.7.32", "2.0"),),
        source="https://github.com/containerd/containerd/pull/13452",
    ),
    Entry(
        "containerd-2.0.13",
        "containerd",
        CONTAINERD_2,
        "v2.0.13",
        (("2.0.9", "2.0.14"),),
        source="https://github.com/containerd/containerd/pull/13407, by the release notes first in 2.0.9",
    ),
    Entry("containerd-2.0.14", "containerd", CONTAINERD_2, "v2.0.14", (("2.0.14", "2.1"),)),
    Entry("containerd-2.1.3", "containerd", CONTAINERD_2, "v2.1.3", (("2.0", "2.0.9"), ("2.1", "2.2"))),
    Entry(
        "containerd-2.2.3",
        "containerd",
        CONTAINERD_2,
        "v2.2.3",
        (("2.2", "2.2.4"), ("2.3.0", "2.3.1")),
        source="https://github.com/containerd/containerd/pull/13405 for 2.3.0, which is older than the change",
    ),
    Entry(
        "containerd-2.2.4",
        "containerd",
        CONTAINERD_2,
        "v2.2.4",
        (("2.2.4", "2.3.0"), ("2.3.1", "2.3.7"), ("2.4.0", "2.4.2")),
        source="https://github.com/containerd/containerd/pull/13457 and https://github.com/containerd/containerd/pull/13405",
    ),
    Entry("containerd-2.3.7", "containerd", CONTAINERD_2, "v2.3.7", (("2.3.7", "2.4.0"), ("2.4.2", ""))),
)

ASK = """
package main

import (
	"encoding/json"
	"os"

	"{module}/contrib/seccomp"
	"github.com/opencontainers/runtime-spec/specs-go"
)

func main() {{
	found := map[string]*specs.LinuxSeccomp{{}}
	for _, name := range append([]string{{""}}, os.Args[1:]...) {{
		held := &specs.LinuxCapabilities{{}}
		if name != "" {{
			held.Bounding = []string{{name}}
		}}
		found[name] = seccomp.DefaultProfile(&specs.Spec{{Process: &specs.Process{{Capabilities: held}}}})
	}}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {{
		panic(err)
	}}
}}
"""


def main(wanted: list[str]) -> None:
    """Writes the files named, or all."""
    for entry in ENTRIES:
        if not wanted or entry.file in wanted:
            profile = _asked(entry) if entry.runtime == "containerd" else _shipped(entry)
            (FOLDER / f"{entry.file}.json").write_text(_written(entry, profile), encoding="utf-8")
            print(entry.file)


def _run(words: list[str], folder: str = ".", **more: str) -> str:
    environment = {"CGO_ENABLED": "0", "PATH": "/usr/local/go/bin:/usr/bin:/bin", "HOME": str(Path.home()), **more}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)}: {done.stderr}")
    return done.stdout


def _shipped(entry: Entry) -> dict[str, Any]:
    place = json.loads(_run(["go", "mod", "download", "-json", f"{entry.module}@{entry.version}"], "/"))["Dir"]
    profile: dict[str, Any] = json.loads((Path(place) / entry.path).read_text(encoding="utf-8"))
    rules = [_plain(rule) for rule in profile["syscalls"]]
    if entry.denied:
        for rule in rules:
            rule["names"] = [name for name in rule["names"] if name not in entry.denied]
        rules.insert(0, {"names": list(entry.denied), "action": "SCMP_ACT_ERRNO", "errnoRet": 38})
    if entry.guarded:
        for rule in rules:
            rule["names"] = [name for name in rule["names"] if name not in entry.guarded]
        held = {"caps": ["CAP_SYS_ADMIN"]}
        rules.append({"names": list(entry.guarded), "action": "SCMP_ACT_ALLOW", "includes": held})
    maps = [{**item, "subArchitectures": item["subArchitectures"] or []} for item in profile["archMap"]]
    return {
        **{key: profile[key] for key in ("defaultAction", "defaultErrnoRet") if key in profile},
        "archMap": maps,
        "syscalls": rules,
    }


def _plain(rule: Rule) -> Rule:
    """Without what is empty, null or a remark."""
    kept: Rule = {"names": rule["names"], "action": rule["action"]}
    if rule.get("errnoRet") is not None:
        kept["errnoRet"] = rule["errnoRet"]
    if rule.get("args"):
        kept["args"] = [
            {"index": item["index"], "value": item["value"], "op": item["op"]}
            | ({"valueTwo": item["valueTwo"]} if item.get("valueTwo") else {})
            for item in rule["args"]
        ]
    for guard in ("includes", "excludes"):
        if given := {key: value for key, value in (rule.get(guard) or {}).items() if value}:
            kept[guard] = given
    return kept


def _asked(entry: Entry) -> dict[str, Any]:
    """The profile with its conditions: a rule of one name each, by what has to hold for it to be there."""
    names = [item.name for item in Capability]
    answers: dict[tuple[str, str], dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "main.go").write_text(ASK.format(module=entry.module), encoding="utf-8")
        _run(["go", "mod", "init", "ask"], folder)
        _run(["go", "get", f"{entry.module}@{entry.version}"], folder)
        _run(["go", "mod", "tidy"], folder)
        for machine, (emulator, _) in MACHINES.items():
            _run(["go", "build", "-o", machine, "."], folder, GOARCH=machine)
            for kernel in (OLD_KERNEL, NEW_KERNEL):
                answers[machine, kernel] = json.loads(
                    _run([f"qemu-{emulator}-static", "-r", kernel, f"./{machine}", *names], folder)
                )
    return _conditional(answers, names)


def _conditional(answers: dict[tuple[str, str], dict[str, Any]], names: list[str]) -> dict[str, Any]:
    places: dict[tuple[str, str], list[str]] = {}  # (rule of one name, what it waits for) -> machines
    for machine in MACHINES:
        new = {name: _single(found) for name, found in answers[machine, NEW_KERNEL].items()}
        old = {name: _single(found) for name, found in answers[machine, OLD_KERNEL].items()}
        for rule in new[""]:
            excluded = [name for name in names if rule not in new[name]]
            waits: Rule = {"excludes": {"caps": excluded}} if excluded else {}
            waits |= {} if rule in old[""] else {"includes": {"minKernel": SINCE_KERNEL}}
            places.setdefault((rule, json.dumps(waits)), []).append(machine)
        for name in names:
            added = [rule for rule in new[name] if rule not in new[""]]
            # What a new kernel gives to all, an old one may still give to who has the capability.
            added += [rule for rule in old[name] if rule in new[""] and rule not in old[""]]
            for rule in added:
                places.setdefault((rule, json.dumps({"includes": {"caps": [name]}})), []).append(machine)
    newest = {machine: answers[machine, NEW_KERNEL][""] for machine in MACHINES}
    maps = [
        {
            "architecture": native,
            "subArchitectures": [item for item in newest[machine].get("architectures", ()) if item != native],
        }
        for machine, (_, native) in MACHINES.items()
    ]
    return {"defaultAction": newest["amd64"]["defaultAction"], "archMap": maps, "syscalls": _grouped(places)}


def _grouped(places: dict[tuple[str, str], list[str]]) -> list[Rule]:
    """Rules of one name that say the same under the same conditions, as one rule; machines become a condition."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for (rule, waits), machines in places.items():
        guard = json.loads(waits)
        if len(machines) < len(MACHINES):
            guard["includes"] = guard.get("includes", {}) | {"arches": machines}
        whole = json.loads(rule)
        grouped.setdefault((json.dumps({**whole, "names": []}), json.dumps(guard)), []).extend(whole["names"])
    return [{**json.loads(rule), "names": members} | json.loads(guard) for (rule, guard), members in grouped.items()]


def _single(profile: dict[str, Any]) -> dict[str, None]:
    """Its rules, one for each name, as text, in order."""
    return {json.dumps(_plain({**rule, "names": [name]})): None for rule in profile["syscalls"] for name in rule["names"]}


def _written(entry: Entry, profile: dict[str, Any]) -> str:
    about = {
        "name": f"{entry.runtime}-default",
        "runtime": entry.runtime,
        "versions": [
            {key: value for key, value in zip(("since", "before"), item, strict=True) if value} for item in entry.versions
        ],
        "version": f"{entry.module.removeprefix('github.com/')} {entry.version.removesuffix('+incompatible')}",
        "source": f"https://{entry.module}/tree/{entry.version.removesuffix('+incompatible')}"
        f", read by tools/default_profiles.py{'; ' if entry.source else ''}{entry.source}",
        "licence": "Apache-2.0",
    }
    rules = ",\n".join(_rule(item) for item in profile.pop("syscalls"))
    head = json.dumps(about, indent=1)[:-2]
    body = json.dumps(profile, indent=1)[1:-2]
    return f'{head},\n "profile": {{{body},\n "syscalls": [\n{rules}\n]}}\n}}\n'


def _rule(rule: Rule) -> str:
    names = textwrap.fill(json.dumps(rule["names"]), 118, subsequent_indent="  ", break_on_hyphens=False)
    rest = json.dumps({key: value for key, value in rule.items() if key != "names"})
    return f' {{"names": {names}, {rest[1:]}'


if __name__ == "__main__":
    main(sys.argv[1:])
