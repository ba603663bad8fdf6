"""The commands over profiles, from a recording on disk to what a user reads."""

import json
import os
from pathlib import Path

import pytest

from cli.test_main import ringfence
from ringfence.formats.recording import encode
from ringfence.model.knowledge import Known
from ringfence.model.recording import ArgumentUse, CallUse, CapabilityUse, Phase, Recording


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    calls = ("read", "write", "socket", "mount")
    made = Recording(
        calls=tuple(CallUse(name=name, phase=Phase.START_UP, executables=("/bin/app",)) for name in calls),
        arguments=Known((ArgumentUse(name="socket", phase=Phase.START_UP, values=((0, 2), (1, 1), (2, 0))),)),
        capabilities=Known((CapabilityUse(name="CAP_CHOWN", phase=Phase.START_UP, had=True, calls=("chown",)),)),
    )
    path = tmp_path / "recording.json"
    path.write_bytes(encode(made))
    return path


@pytest.fixture
def profile(recording: Path) -> Path:
    done = ringfence("profile", "seccomp", "generate", str(recording), "-o", "profile.json", cwd=recording.parent)
    assert done.returncode == 0, done.stderr
    return recording.parent / "profile.json"


def test_a_generated_profile_passes_its_own_check(recording: Path, profile: Path) -> None:
    done = ringfence("profile", "seccomp", "check", str(profile), "--against", str(recording))
    assert done.returncode == 0, done.stdout
    assert "calls allowed: 5" in done.stdout
    assert "kernel CVEs shut off" in done.stdout
    assert ringfence("profile", "seccomp", "lint", str(profile)).returncode == 0


def test_a_profile_that_would_stop_the_workload_fails_the_check(recording: Path, profile: Path) -> None:
    document = json.loads(profile.read_text())
    document["syscalls"][0]["names"].remove("write")
    profile.write_text(json.dumps(document))
    done = ringfence("profile", "seccomp", "check", str(profile), "--against", str(recording))
    assert done.returncode == 1
    assert "stops write" in done.stdout


def test_explain_says_who_needs_a_call(recording: Path, profile: Path) -> None:
    said = ringfence("profile", "seccomp", "explain", str(profile), str(recording)).stdout
    assert any(line.startswith("mount ") and "/bin/app (start-up)" in line for line in said.splitlines())
    assert any(line.startswith("tgkill ") and "the container runtime" in line for line in said.splitlines())


def test_diff_tells_calls_and_merge_brings_them_together(profile: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    document = json.loads(profile.read_text())
    document["syscalls"][0]["names"].remove("mount")
    document["syscalls"][0]["names"].append("chroot")
    other.write_text(json.dumps(document))
    said = ringfence("profile", "seccomp", "diff", str(profile), str(other)).stdout
    assert "+ chroot: denied -> allowed" in said
    assert "- mount: allowed -> denied" in said
    joined = json.loads(ringfence("profile", "seccomp", "merge", str(profile), str(other)).stdout)
    assert {"mount", "chroot"} <= set(joined["syscalls"][0]["names"])


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("text", "CAP_CHOWN"),
        ("podman", "--cap-drop=ALL --cap-add=CHOWN\n"),
        ("kubernetes", "add: [CHOWN]"),
    ],
)
def test_capabilities_are_told_in_the_words_of_their_user(recording: Path, form: str, said: str) -> None:
    assert said in ringfence("profile", "caps", "generate", str(recording), "--form", form).stdout


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        (("--given=CHOWN,NET_RAW",), 0, "never used CAP_NET_RAW\n"),
        (("--given=",), 1, "missing CAP_CHOWN\n"),
        (("--default=docker",), 0, "never used CAP_NET_RAW\n"),
    ],
)
def test_given_capabilities_are_compared_with_those_used(
    recording: Path, given: tuple[str, ...], status: int, said: str
) -> None:
    done = ringfence("profile", "caps", "check", str(recording), *given)
    assert done.returncode == status, done.stderr
    assert said in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("seccomp", "generate", "/no/such"), "/no/such: No such file"),
        (("seccomp", "lint", "/etc/hostname"), "not a valid seccomp profile"),
        (("seccomp", "generate", "R", "--runtime", "nothing"), "what it needs is not known here"),
        (("seccomp", "check", "P", "--default", "nothing"), "nothing: has no defaults"),
        (("caps", "check", "R", "--given", "NOTHING"), "'NOTHING' is none that Linux knows"),
    ],
)
def test_a_wrong_wish_is_one_line(recording: Path, profile: Path, words: tuple[str, ...], said: str) -> None:
    given = [{"R": str(recording), "P": str(profile)}.get(word, word) for word in words]
    done = ringfence("profile", *given)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(not os.path.exists("/bin/true"), reason="missing: /bin/true")
def test_a_profile_can_be_made_of_files_alone() -> None:
    done = ringfence("profile", "seccomp", "generate", "--static", "/bin/true")
    assert done.returncode == 0, done.stderr
    assert "only reachable (allowed)" in done.stderr
    names = json.loads(done.stdout)["syscalls"][0]["names"]
    assert {"openat", "mmap", "exit_group"} <= set(names)
    assert len(names) < 110


def test_nothing_to_make_a_profile_of_is_one_line() -> None:
    done = ringfence("profile", "seccomp", "generate")
    assert done.returncode == 2
    assert "give a recording, or --static PROGRAM" in done.stderr


def test_a_missing_file_for_static_is_one_line() -> None:
    done = ringfence("profile", "seccomp", "generate", "--static", "/no/such/program")
    assert done.returncode == 2
    assert "/no/such/program: No such file" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("kind", ["seccomp", "apparmor", "selinux"])
def test_what_names_a_profile_in_a_pod(recording: Path, kind: str) -> None:
    words = ("profile", kind, "generate", str(recording), "--name", "web", "--form")
    done = ringfence(*words, "kubernetes:1.31", cwd=recording.parent)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("spec:\n  securityContext:\n")
    for form, said in (("kubernetes:1.x", "is no version of Kubernetes"), ("helm", "there is no such form")):
        done = ringfence(*words, form, cwd=recording.parent)
        assert done.returncode == 2
        assert said in done.stderr


def test_apparmor_before_its_fields_needs_the_container(recording: Path) -> None:
    words = ("profile", "apparmor", "generate", str(recording), "--form", "kubernetes:1.29")
    assert "give --container" in ringfence(*words, cwd=recording.parent).stderr
    done = ringfence(*words, "--container", "web", cwd=recording.parent)
    assert "container.apparmor.security.beta.kubernetes.io/web" in done.stdout
