"""The command line of dockerd: what it sets, over what `daemon.json` says. Source: dockerd(8).

A setting may be given in one of the two only, or dockerd refuses to start; so they never contradict each other.
"""

from collections.abc import Iterator

from ringfence.formats.engine_defaults import EngineDefaults
from ringfence.model.fact import Fact

SWITCHES = frozenset(
    {
        *("--no-new-privileges", "--selinux-enabled", "--live-restore", "--icc", "--tlsverify", "--tls", "--iptables"),
        *("--userland-proxy", "--experimental", "--debug", "-D"),
    }
)
"""Flags without a value unless `=` follows."""
SHORT = {"-H": "--host", "-l": "--log-level", "-s": "--storage-driver"}


class DockerdFlags(Fact):
    """`defaults` for containers, the addresses listened on, and whether clients must show a certificate."""

    defaults: EngineDefaults
    listens: tuple[str, ...] = ()
    verifies_clients: bool = False


def parse(data: bytes) -> DockerdFlags:
    """A command line as /proc/PID/cmdline has it, words ended by NUL. Never raises."""
    given: dict[str, list[str]] = {}
    for flag, value in _flags(data.decode("utf-8", "replace").split("\0")[1:]):
        given.setdefault(flag, []).append(value)

    def last(flag: str) -> str:
        return given.get(flag, [""])[-1]

    def switch(flag: str) -> bool | None:
        return given[flag][-1].lower() not in ("false", "0") if flag in given else None

    return DockerdFlags(
        defaults=EngineDefaults(
            insecure_registries=tuple(given.get("--insecure-registry", ())),
            seccomp=last("--seccomp-profile"),
            no_new_privileges=switch("--no-new-privileges"),
            user_namespaces=last("--userns-remap"),
            host_namespaces=tuple(
                kind
                for kind, flag in (("ipc", "--default-ipc-mode"), ("cgroup", "--default-cgroupns-mode"))
                if last(flag) == "host"
            ),
            ulimits=tuple(given.get("--default-ulimit", ())),
            selinux=switch("--selinux-enabled"),
            container_traffic=switch("--icc"),
            live_restore=switch("--live-restore"),
            log_driver=last("--log-driver"),
            log_level=last("--log-level"),
            firewall=switch("--iptables"),
            storage_driver=last("--storage-driver"),
            storage_options=tuple(given.get("--storage-opt", ())),
            cgroup_parent=last("--cgroup-parent"),
            authorisation=tuple(given.get("--authorization-plugin", ())),
            userland_proxy=switch("--userland-proxy"),
            experimental=switch("--experimental"),
            certificates=tuple(path for path in (last("--tlscacert"), last("--tlscert")) if path),
            key=last("--tlskey"),
        ),
        listens=tuple(value for value in given.get("--host", ()) if value),
        verifies_clients=bool(switch("--tlsverify")),
    )


def _flags(words: list[str]) -> Iterator[tuple[str, str]]:
    pending = ""
    for word in words:
        if pending:
            yield pending, word
            pending = ""
        elif word.startswith("-H") and len(word) > 2:
            yield "--host", word[2:].lstrip("=")
        elif word.startswith("-"):
            name, equals, value = word.partition("=")
            flag = SHORT.get(name, name)
            if equals or flag in SWITCHES:
                yield flag, value
            else:
                pending = flag
