"""Files that start containers, hardened: what is set is said once, comments and order stay, twice is as good as once."""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import Malformed, WrongUsage
from ringfence.layers.runtime.enforce import command_line, compose, quadlet, unit
from ringfence.model.least import Least

LEAST = Least(capabilities=("CHOWN", "SETUID"), seccomp="/etc/web.json", writable=("/var/lib/web",))
NONE = Least(capabilities=(), seccomp="", writable=())

UNIT = """# the front
[Unit]
Description=Web

[Container]
Image=localhost/web  # ours
AddCapability=NET_ADMIN
PodmanArgs=--privileged --memory=1g
Tmpfs=/run/web

[Install]
WantedBy=default.target
"""

COMPOSE = """# the shop
services:
  web:
    image: localhost/web   # ours
    privileged: true
    cap_add: [NET_ADMIN]
    security_opt:
      - label=disable
      - seccomp=unconfined
    ports:
      - "8080:80"

  # the store
  store:
    image: localhost/store
volumes: {}
"""


def test_a_quadlet_says_what_is_needed_and_nothing_else() -> None:
    after = quadlet.harden("web.container", UNIT, LEAST).applied(UNIT)
    body = after.partition("[Container]")[2].partition("[Install]")[0]
    for line in (
        "NoNewPrivileges=true",
        "DropCapability=ALL",
        "AddCapability=CHOWN SETUID",
        "SeccompProfile=/etc/web.json",
        "ReadOnly=true",
        "Tmpfs=/var/lib/web",
        "Tmpfs=/run/web",
        "PodmanArgs=--memory=1g",
    ):
        assert body.splitlines().count(line) == 1, line
    assert "NET_ADMIN" not in after
    assert "privileged" not in after
    assert after.startswith("# the front\n[Unit]")
    assert "Image=localhost/web  # ours" in after


def test_a_quadlet_without_a_container_is_named() -> None:
    with pytest.raises(Malformed, match=r"\[Container\]"):
        quadlet.harden("x.container", "[Unit]\n", LEAST)


def test_a_service_says_what_is_needed_and_nothing_else() -> None:
    after = compose.harden("compose.yaml", COMPOSE, LEAST, "web").applied(COMPOSE)
    web = yaml.safe_load(after)["services"]["web"]
    assert web["cap_drop"] == ["ALL"]
    assert web["cap_add"] == ["CHOWN", "SETUID"]
    assert web["security_opt"] == ["label=disable", "no-new-privileges:true", "seccomp:/etc/web.json"]
    assert web["read_only"] is True
    assert web["tmpfs"] == ["/var/lib/web"]
    assert "privileged" not in web
    assert web["ports"] == ["8080:80"]
    assert yaml.safe_load(after)["services"]["store"] == {"image": "localhost/store"}
    assert [line for line in after.splitlines() if "#" in line] == [line for line in COMPOSE.splitlines() if "#" in line]


def test_capabilities_that_nobody_uses_are_not_added_again() -> None:
    after = yaml.safe_load(compose.harden("compose.yaml", COMPOSE, NONE, "web").applied(COMPOSE))["services"]["web"]
    assert after["cap_drop"] == ["ALL"]
    assert "cap_add" not in after


def test_what_is_not_known_is_left_alone() -> None:
    after = yaml.safe_load(compose.harden("compose.yaml", COMPOSE, Least(), "web").applied(COMPOSE))["services"]["web"]
    assert after["cap_add"] == ["NET_ADMIN"]
    assert "read_only" not in after


@pytest.mark.parametrize(
    ("text", "service", "fault", "said"),
    [
        (COMPOSE, "", WrongUsage, "web, store"),
        (COMPOSE, "none", WrongUsage, "none"),
        ("x: 1\n", "", Malformed, "no services"),
        ("services:\n  web: {image: x}\n", "", Malformed, "line 2 is not a service"),
        ("services:\n  web:\n", "web", Malformed, "empty"),
    ],
)
def test_a_compose_file_that_does_not_fit_is_named(text: str, service: str, fault: type[Exception], said: str) -> None:
    with pytest.raises(fault, match=said):
        compose.harden("compose.yaml", text, LEAST, service)


LEASTS = st.builds(
    Least,
    capabilities=st.none() | st.lists(st.sampled_from(["CHOWN", "SETUID", "KILL"]), unique=True).map(tuple),
    seccomp=st.sampled_from(["", "/p.json", "./a b.json"]),
    writable=st.none() | st.lists(st.sampled_from(["/a", "/b/c"]), unique=True).map(tuple),
)


@given(LEASTS)
def test_hardened_twice_is_hardened_once(least: Least) -> None:
    once = compose.harden("compose.yaml", COMPOSE, least, "web").applied(COMPOSE)
    assert compose.harden("compose.yaml", once, least, "web").edits == ()
    unit = quadlet.harden("x.container", UNIT, least).applied(UNIT)
    assert quadlet.harden("x.container", unit, least).edits == ()
    line = command_line.harden("podman run --rm localhost/web", least)
    assert command_line.harden(line, least) == line


@given(st.text(max_size=80))
def test_any_text_is_hardened_or_named(text: str) -> None:
    for harden in (
        lambda: compose.harden("compose.yaml", f"services:\n  web:\n    image: x\n{text}", LEAST, "web"),
        lambda: quadlet.harden("x.container", f"[Container]\n{text}", LEAST),
        lambda: command_line.harden(f"podman run {text}", LEAST),
    ):
        try:
            harden()
        except (Malformed, WrongUsage):
            continue


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ("podman run --rm localhost/web", ["--rm", "localhost/web"]),
        ("docker run --privileged --cap-add NET_ADMIN -p 80:80 --name web web sh --privileged", [
            "-p", "80:80", "--name", "web", "web", "sh", "--privileged"]),
        ("/usr/bin/podman --runtime runc run --cap-drop=MKNOD web", ["web"]),
    ],
)  # fmt: skip
def test_a_command_line_keeps_what_does_not_contradict(line: str, rest: list[str]) -> None:
    words = shlex.split(command_line.harden(line, LEAST))
    at = words.index("run")
    assert words[at + 1 : at + 8] == [
        "--security-opt=no-new-privileges",
        "--cap-drop=ALL",
        "--cap-add=CHOWN",
        "--cap-add=SETUID",
        "--security-opt=seccomp=/etc/web.json",
        "--read-only",
        "--tmpfs=/var/lib/web",
    ]
    assert words[at + 8 :] == rest


@pytest.mark.parametrize("line", ["ls -l", "podman ps", "podman run 'unclosed", "", "run podman"])
def test_what_starts_no_container_is_named(line: str) -> None:
    with pytest.raises(Malformed, match="command line"):
        command_line.harden(line, LEAST)


def test_each_edit_has_its_reason_and_what_it_may_break() -> None:
    for plan in (quadlet.harden("x.container", UNIT, LEAST), compose.harden("compose.yaml", COMPOSE, LEAST, "web")):
        assert plan.edits
        assert all(edit.reason for edit in plan.edits)
        assert re.search("EPERM", " ".join(edit.see for edit in plan.edits))


SERVICE = """[Unit]
Description=Web
[Service]
ExecStart=/usr/bin/true
# ours
ProtectClock=no
SystemCallFilter=@system-service \\
  ~@privileged
[Install]
WantedBy=multi-user.target
"""


def test_a_service_keeps_what_it_says_unless_a_recording_says_better() -> None:
    plan = unit.harden("web.service", SERVICE, Least(capabilities=(), calls=("read", "write"), writable=("/var/lib/web",)))
    text = plan.applied(SERVICE)
    for said in (
        "ProtectClock=no",
        "# ours",
        "CapabilityBoundingSet=",
        "SystemCallFilter=read write",
        "ProtectSystem=strict",
    ):
        assert text.split("\n").count(said) == 1, said
    assert "@privileged" not in text
    assert text.index("ProtectSystem=strict") < text.index("[Install]")
    assert (
        unit.harden("web.service", text, Least(capabilities=(), calls=("read", "write"), writable=("/var/lib/web",))).edits
        == ()
    )


@pytest.mark.live
@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed (package systemd)")
def test_systemd_reads_every_setting_and_finds_it_better(tmp_path: Path) -> None:
    file = tmp_path / "web.service"
    exposure = []
    calls = ("read", "write", "exit_group")
    wanted = Least(capabilities=("CHOWN",), calls=calls, writable=("/var/lib/web",), temporary=("/tmp",))
    bare = "[Service]\nExecStart=/usr/bin/true\n"
    for text in (bare, unit.harden("w.service", bare, wanted).applied(bare)):
        file.write_text(text)
        read = subprocess.run(["systemd-analyze", "verify", file], capture_output=True, text=True, check=False)
        assert (read.returncode, read.stdout, read.stderr) == (0, "", "")
        words = ["systemd-analyze", "security", "--offline=true", "--json=short", "--no-pager", str(file)]
        told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        exposure.append(sum(float(row.get("exposure") or 0) for row in json.loads(told)))
    assert exposure[1] < exposure[0] / 2, exposure


def test_a_unit_without_a_service() -> None:
    with pytest.raises(Malformed, match="Service"):
        unit.harden("web.service", "[Unit]\n", NONE)


@given(st.text(alphabet="[Service]\n=\\abNoNewPrivileges #", max_size=80))
def test_any_unit_twice_is_once(body: str) -> None:
    text = f"[Service]\n{body}"
    once = unit.harden("w.service", text, LEAST).applied(text)
    assert unit.harden("w.service", once, LEAST).edits == ()
