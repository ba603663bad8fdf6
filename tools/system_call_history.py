"""Writes `knowledge/kernel_history/system_calls.json`: since which Linux each call is there, and what it is built under.

    python tools/system_call_history.py linux-source-6.1.tar.xz

Versions are those of syscalls(2) in Debian's manpages-dev, whose table ends with Linux 5.14; later ones stand below with
their source. The options are read from Linux 6.1 (`apt-get download linux-source-6.1`, `dpkg -x`): the file that defines a
call, the options of that file in `kernel_files.txt`, and the `#ifdef CONFIG_` around the definition. A *necessary*
condition: a call said not to be built is not; one said to be built may still not be.
"""

import gzip
import json
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

from ringfence.knowledge import kernel_files
from ringfence.knowledge.system_calls import known_names

TARGET = Path(__file__).parents[1] / "src/ringfence/knowledge/kernel_history/system_calls.json"
PAGE = Path("/usr/share/man/man2/syscalls.2.gz")
UNIMPLEMENTED = Path("/usr/share/man/man2/unimplemented.2.gz")
READ = "6.1"
"""The version whose sources are read."""
GLIBC = "https://sourceware.org/git/?p=glibc.git;a=log;f=sysdeps/unix/sysv/linux/syscall-names.list"
LIST = "https://sourceware.org/pipermail/libc-alpha"
LATER = {
    "2.2": ("syscalls(2), named pread and pwrite before 2.6", "pread64 pwrite64"),
    "5.12": ("mount_setattr(2)", "mount_setattr"),
    "5.15": ("https://github.com/seccomp/libseccomp/commit/abad8a8f41fc13efbb95fc1ccaa3e181342bade7", "process_mrelease"),
    "5.16": (
        "https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/commit/?id=bf69bad38cf63d980e8a603f8d1bd1f85b5ed3d9",
        "futex_waitv",
    ),
    "5.17": (GLIBC, "set_mempolicy_home_node"),
    "6.5": (GLIBC, "cachestat"),
    "6.6": (GLIBC, "fchmodat2 map_shadow_stack"),
    "6.7": (GLIBC, "futex_wake futex_wait futex_requeue"),
    "6.8": (
        f"{LIST}/2026-November/182174.html",
        "statmount listmount lsm_get_self_attr lsm_set_self_attr lsm_list_modules",
    ),
    "6.10": ("https://go.googlesource.com/sys.git/+/cde4660eb9c519b4373bebe3d42deebc744368f2", "mseal"),
    "6.11": ("https://man7.org/linux/man-pages/man2/uretprobe.2.html", "uretprobe"),
    "6.13": ("https://github.com/strace/strace/releases/tag/v6.13", "setxattrat getxattrat listxattrat removexattrat"),
    "6.15": (
        "https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/commit/?id=c4a16820d90199409c9bf01c4f794e1e9e8d8fd8",
        "open_tree_attr",
    ),
    "6.17": (f"{LIST}/2025-October/170786.html", "file_getattr file_setattr"),
    "6.18": (f"{LIST}/2026-July/178602.html", "uprobe"),
    "6.19": (f"{LIST}/2026-July/178602.html", "listns"),
    "7.0": (f"{LIST}/2026-July/178602.html", "rseq_slice_yield"),
}
"""Calls newer than the manual page's table, and who says since when."""
NEVER = ("idle", "epoll_ctl_old", "epoll_wait_old")
"""Names with a number and no code behind it, beside those of unimplemented(2)."""
TABLES = {"arch/x86/entry/syscalls/syscall_64.tbl": "x86_64", "arch/x86/entry/syscalls/syscall_32.tbl": "i386"}
"""Where a name without an entry point is none of the machine's calls."""
GONE = {
    "lookup_dcookie": (
        "5.12",
        "https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/commit/?id=be65de6b03aa638c46ea51e9d11a92e4914d8103",
    ),
}
"""Calls that were taken out without a word in the page."""
TIME64 = re.compile(r"(?:_time64|gettime64|settime64|adjtime64)$")
"""The 64-bit time calls of 32-bit machines, all of 5.1 (https://sourceware.org/legacy-ml/libc-alpha/2019-05/msg00145.html)."""
LINE = re.compile(r"^\\fB(\w+)\\fP\(2\)\t([\d.]+)(?:; [\d.]+)?(?:\t(.*))?$")
DEFINES = re.compile(r"^\s*SYSCALL_DEFINE\d\((\w+)", re.MULTILINE)
GUARD = re.compile(r"^\s*#\s*(ifdef|ifndef|if|elif|else|endif)\b\s*(.*?)\s*$")
OF_ARCHITECTURE = {"arch/x86/": "x86_64", "arch/arm64/": "aarch64"}


def main(source: str) -> None:
    """Reads the page and the source, writes the file."""
    calls = dict(_page())
    for version, (where, names) in LATER.items():
        calls |= {name: {"since": version, "source": where} for name in names.split()}
    wanted = known_names()
    for name in sorted(wanted - calls.keys()):
        if TIME64.search(name):
            calls[name] = {"since": "5.1", "source": "https://sourceware.org/legacy-ml/libc-alpha/2019-05/msg00145.html"}
    calls |= {name: {"since": "", "source": "unimplemented(2)"} for name in _unimplemented() if name in wanted}
    calls |= {name: {"since": "", "source": f"syscall_64.tbl, syscall_32.tbl of Linux {READ}"} for name in NEVER}
    for name, (until, where) in GONE.items():
        calls[name] |= {"until": until, "source": where}
    options, missing = _read(source)
    options["map_shadow_stack"] = {"CONFIG_X86_USER_SHADOW_STACK"}  # arch/x86/kernel/Makefile of Linux 6.6: shstk.o
    for name in calls:
        if options.get(name):
            calls[name]["options"] = sorted(options[name])
        if missing.get(name) and calls[name]["since"]:
            calls[name]["not_on"] = sorted(missing[name])
    found = {name: calls[name] for name in sorted(calls) if name in wanted or calls[name]["since"] in LATER}
    print(f"{len(found)} calls; of no known beginning: {', '.join(sorted(wanted - found.keys()))}", file=sys.stderr)
    package = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", "manpages-dev"], capture_output=True, text=True, check=True
    )
    about = {"manual": f"manpages-dev {package.stdout}, syscalls(2)", "options_of": READ}
    rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in found.items())
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(f'{json.dumps(about, indent=1)[:-2]},\n "calls": {{\n{rows}\n }}\n}}\n', encoding="utf-8")


def _page() -> Iterator[tuple[str, dict[str, object]]]:
    lines = gzip.decompress(PAGE.read_bytes()).decode().splitlines()
    text = "\n".join(line for line in lines if not line.startswith('.\\"'))
    for line in re.sub(r"T\{\n(.*?)\nT\}", lambda note: note[1].replace("\n", " "), text, flags=re.DOTALL).splitlines():
        if row := LINE.match(line):
            name, since, note = row.groups()
            gone = re.search(r"[Rr]emoved in (\d[\d.]*)", note or "")
            ended = {"until": gone[1].rstrip(".")} if gone and "SPARC" not in (note or "") else {}
            yield name, {"since": since, **ended, "source": "syscalls(2)"}


def _unimplemented() -> list[str]:
    text = gzip.decompress(UNIMPLEMENTED.read_bytes()).decode()
    names = re.search(r"^\.SH NAME\n(.*?)\\-", text, re.DOTALL | re.MULTILINE)
    return re.findall(r"\w+", names[1] if names else "")


def _read(source: str) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """The options of each call that is defined in one place, or of all places alike; and the machines that lack it."""
    table, found, missing = kernel_files.load(), dict[str, list[set[str]]](), dict[str, set[str]]()
    with tarfile.open(source, "r|xz") as archive:
        for member in archive:
            path = member.name.partition("/")[2]
            if path in TABLES and (opened := archive.extractfile(member)):
                for row in opened.read().decode().splitlines():
                    if (words := row.split()) and row[0].isdecimal() and len(words) == 3:
                        missing.setdefault(words[2], set()).add(TABLES[path])
            if not path.endswith(".c") or path.startswith(("drivers/", "sound/", "tools/", "samples/", "scripts/")):
                continue
            if path.startswith("arch/") and not path.startswith(tuple(OF_ARCHITECTURE)):
                continue
            opened = archive.extractfile(member)
            text = opened.read().decode("utf-8", "replace") if opened else ""
            if "SYSCALL_DEFINE" not in text:
                continue
            rules = table.rules(path, READ) or ()
            of_file = set(rules[0].options) if len(rules) == 1 else set()
            for name, around in _defined(text):
                found.setdefault(name, []).append(of_file | around)
    return {name: set.intersection(*several) for name, several in found.items()}, missing


def _defined(text: str) -> Iterator[tuple[str, set[str]]]:
    """The calls that a file defines, each with the options that the preprocessor asks for around it."""
    around: list[str] = []
    for line in text.splitlines():
        guard = GUARD.match(line)
        if guard is None:
            if call := DEFINES.match(line):
                yield call[1], {option for option in around if option}
            continue
        word, rest = guard.groups()
        asked = re.fullmatch(r"(?:defined\s*\(?\s*)?(CONFIG_\w+)\s*\)?", rest.partition("/*")[0].strip())
        if word == "endif":
            around.pop()
        elif word in ("else", "elif"):
            around[-1] = ""
        else:
            around.append(asked[1] if asked and word != "ifndef" else "")


if __name__ == "__main__":
    main(*sys.argv[1:])
