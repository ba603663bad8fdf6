"""What the quick commands load: exactly the named modules of ours, and nothing anybody else wrote.

Time is measured in bench/startup.py; here is only what decides it. Renew the lists with RINGFENCE_RENEW=1, and look at the
difference before you commit it.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LISTS = Path(__file__).parent / "startup"
COMMANDS = {
    "version": ["--version"],
    "help": ["--help"],
    "checks": ["checks"],
    "explain": ["checks", "privileged-container"],
}
HEAVY = {
    "asyncio": "90 ms over a bare interpreter's 20",
    "hashlib": "12 ms; the index needs no digest",
    "dataclasses": "30 ms; NamedTuple does here",
    "email": "comes with importlib.metadata",
    "http": "nothing is fetched to print help",
    "importlib.metadata": "71 ms; the version is a constant",
    "inspect": "comes with dataclasses",
    "logging": "27 ms",
    "sqlite3": "8 ms; no store is opened",
    "typing_extensions": "no third party here",
    "unittest": "nobody tests at start-up",
}


def loaded(words: list[str]) -> set[str]:
    """Names of the modules in a process that ran one command line, those of a bare interpreter left out."""
    script = (
        "import sys; bare = set(sys.modules)\n"
        "from ringfence.cli.main import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "print('\\n'.join(sorted(set(sys.modules) - bare)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=True)
    assert done.stdout.strip(), "the command said nothing"
    return set(done.stderr.split())


@pytest.fixture(scope="module", autouse=True)
def warm_index() -> None:
    """A checkout's first run reads the sources; what counts is every run after it."""
    loaded(["--help"])


@pytest.mark.parametrize("name", COMMANDS)
def test_a_quick_command_loads_what_it_must(name: str) -> None:
    modules = loaded(COMMANDS[name])
    assert "ast" not in modules or name == "explain", "ast costs as much as the interpreter; only a docstring is worth it"
    ours = sorted(module for module in modules if module.partition(".")[0] == "ringfence")
    foreign = {module.partition(".")[0] for module in modules} - set(sys.stdlib_module_names) - {"ringfence"}
    assert not foreign, "a third party's module is loaded"
    too_heavy = {module: why for module, why in HEAVY.items() if module in modules}
    assert not too_heavy
    golden = LISTS / f"{name}.txt"
    if os.environ.get("RINGFENCE_RENEW"):
        golden.write_text("\n".join(ours) + "\n")
    assert ours == golden.read_text().split()
