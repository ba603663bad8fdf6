"""Writes knowledge/system_calls/x32.json: x86-64's calls as an x32 program makes them.

They have bit 30 set, and some have numbers of their own. Up to Linux 6.1 from Debian's linux-libc-dev; later ones have the
number they have everywhere. Run by hand: `python tools/system_calls.py`.
"""

import json
import re
import subprocess
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "src/ringfence/knowledge/system_calls"
HEADER = Path("/usr/include/x86_64-linux-gnu/asm/unistd_x32.h")
X32_BIT = 0x40000000
EQUAL_FROM = 451
"""Since Linux 5.0 a new call gets the same number on every architecture; the headers of 6.1 end at 450."""

ONLY_64 = {"map_shadow_stack"}
"""Later ones that x32 has not (abi `64` in arch/x86/entry/syscalls/syscall_64.tbl)."""


def main() -> None:
    """Reads the header and the table of x86-64, writes the file."""
    beside = json.loads((FOLDER / "x86_64.json").read_text(encoding="utf-8"))
    lines = re.findall(
        r"^#define __NR_(\w+) \(__X32_SYSCALL_BIT \+ (\d+)\)$", HEADER.read_text(encoding="utf-8"), re.MULTILINE
    )
    numbers = {name: int(number) for name, number in lines}
    numbers |= {name: number for name, number in beside["numbers"].items() if number >= EQUAL_FROM and name not in ONLY_64}
    package = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", "linux-libc-dev"], capture_output=True, text=True, check=True
    ).stdout
    about = {
        "architecture": "x32",
        "linux": beside["linux"],
        "sources": [
            f"linux-libc-dev {package}, asm/unistd_x32.h",
            f"x86_64.json beside this file (numbers from {EQUAL_FROM} on)",
        ],
    }
    pairs = [f'"{name}": {number | X32_BIT}' for name, number in sorted(numbers.items(), key=lambda item: item[1])]
    table = ",\n".join("  " + ", ".join(pairs[first : first + 4]) for first in range(0, len(pairs), 4))
    (FOLDER / "x32.json").write_text(
        f'{json.dumps(about, indent=1)[:-2]},\n "numbers": {{\n{table}\n }}\n}}\n', encoding="utf-8"
    )


if __name__ == "__main__":
    main()
