"""AppArmor profiles: everything recorded is covered, hostile names stay names, and the real compiler takes the text."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from record.recordings import recordings
from ringfence.errors import UnreadableInput
from ringfence.model.knowledge import Known
from ringfence.model.recording import Access, ArgumentUse, CapabilityUse, FileUse, Phase, Recording
from ringfence.record.profiles.apparmor import FAMILY, generate

COMPILER = shutil.which("apparmor_parser")
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="missing: apparmor_parser (Debian's apparmor)")


def compiled(text: str, place: Path) -> int:
    file = place / "profile"
    file.write_text(text, encoding="utf-8")
    done = subprocess.run([str(COMPILER), "-Q", "-K", "-S", str(file)], capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode() + text
    return len(done.stdout)


def of(*files: FileUse, **more: object) -> Recording:
    return Recording(files=Known(files), **more)  # type: ignore[arg-type] # fields by name


def use(
    path: str, access: Access = Access.READ, *, directory: bool = False, relative: bool = False, cut: bool = False
) -> FileUse:
    return FileUse(path=path, access=access, phase=Phase.START_UP, directory=directory, relative=relative, cut=cut)


@pytest.mark.parametrize(
    ("given_", "rule"),
    [
        (use("/etc/passwd"), '"/etc/passwd" rk,'),
        (use("/etc", directory=True), '"/etc/" rk,'),
        (use("/bin/x", Access.EXECUTE), '"/bin/x" rmix,'),
        (use("/lib/libz.so.1"), '"/lib/libz.so.1" rm,'),
        (use("/proc/4711/task/4712/stat"), '"/proc/@{pid}/task/@{tid}/stat" rk,'),
        (use("/tmp/run-4711/x", Access.WRITE), '"/tmp/run-[0-9]*/x" wk,'),
        (use("/etc/4711"), '"/etc/4711" rk,'),
        (use("/var/d", Access.CHANGE), '"/var/d{,/}" wk,'),
        (use("/srv/*{a}[b]?"), '"/srv/\\*\\{a\\}\\[b\\]\\?" rk,'),
        (use("/srv/deep/cu", cut=True), '"/srv/deep/**" rk,'),
    ],
)
def test_a_file_becomes_a_rule(given_: FileUse, rule: str) -> None:
    assert f"  {rule}" in generate(of(given_), "p").splitlines()


def test_a_family_is_folded_and_a_pair_is_not() -> None:
    many = [use(f"/usr/lib/mod{chr(97 + at)}.so") for at in range(FAMILY)]
    text = generate(of(*many, use("/etc/a.conf"), use("/etc/b.conf")), "p")
    assert '"/usr/lib/*.so" rm,' in text
    assert "moda" not in text
    assert '"/etc/a.conf" rk,' in text


def test_capabilities_sockets_and_mounts_are_said() -> None:
    recording = of(
        capabilities=Known((CapabilityUse(name="CAP_NET_RAW", phase=Phase.SERVING, had=True),)),
        arguments=Known((ArgumentUse(name="socket", phase=Phase.SERVING, values=((0, 2), (1, 0o2000001), (2, 6))),)),
    )
    text = generate(recording, "a b")
    assert "profile a-b " in text
    assert "capability net_raw," in text
    assert "network inet stream," in text
    assert "deny mount," in text


def test_a_relative_path_is_not_guessed_but_said() -> None:
    text = generate(of(use("some/where", Access.CHANGE, relative=True)), "p")
    assert "# not covered, its directory is not known: some/where" in text


def test_without_files_there_is_no_profile() -> None:
    with pytest.raises(UnreadableInput, match="no AppArmor profile"):
        generate(Recording(), "p")


@needs_compiler
@settings(max_examples=15)
@given(recording=recordings())
def test_the_real_compiler_takes_what_is_made(recording: Recording, tmp_path_factory: pytest.TempPathFactory) -> None:
    if isinstance(recording.files, Known):
        assert compiled(generate(recording, "p"), tmp_path_factory.mktemp("aa")) > 100


@needs_compiler
@settings(max_examples=15)
@given(names=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1, max_size=12), max_size=12))
def test_a_hostile_name_stays_one_rule(names: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    files = [use(f"/srv/{name}", access) for name in names for access in Access]
    text = generate(of(*files), "p")
    assert all(line.startswith(("#", "abi", "profile", "  ", "}")) for line in text.splitlines())
    compiled(text, tmp_path_factory.mktemp("aa"))
