"""Judgement touches nothing: every check is asked about every case under an audit hook that forbids the outside.

The import contract cannot see `open()`, which is a builtin; this can. A hook cannot be removed,
so it has a process of its own.
"""

import subprocess
import sys
from pathlib import Path

SEALED = """
import sys
from pathlib import Path
sys.path[:0] = {path!r}
from layers.test_check_cases import CASES, answer, load
from ringfence.engine import storeys
asked = [(check, load(path, check)) for path, check in CASES if path.suffix == ".json"]
asked = [(check, case.subject) for check, case in asked if not case.never]
FORBIDDEN = ("open", "socket.", "subprocess.", "os.", "sqlite3.", "ctypes.", "import", "shutil.", "tempfile.", "urllib.")
def seal(event, arguments):
    if event.startswith(FORBIDDEN) and not (event == "import" and arguments[0] in sys.modules):
        raise SystemExit(f"{{event}} {{arguments!r}}")
sys.addaudithook(seal)
for check, subject in asked:
    check.ask(subject)
print(len(asked))
try:
    open("/dev/null")
except SystemExit:
    print("sealed")
"""


def test_no_check_touches_the_world() -> None:
    tests = Path(__file__).parents[1]
    script = SEALED.format(path=[str(tests), str(tests.parent / "src")])
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    count, sealed = done.stdout.split()
    assert int(count) > 100
    assert sealed == "sealed"
