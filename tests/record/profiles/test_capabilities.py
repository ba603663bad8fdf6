"""The capabilities needed are those used, over the outermost namespace, by the workload and not by its runtime."""

from hypothesis import given

from record.recordings import recordings
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import Capability
from ringfence.model.recording import CapabilityUse, Phase, Recording
from ringfence.record.profiles.capabilities import granted, needs


def use(name: str, phase: Phase = Phase.SERVING, *, had: bool = True, level: int = 0) -> CapabilityUse:
    return CapabilityUse(name=name, phase=phase, had=had, level=level, calls=("x",), executables=("/bin/x",))


def test_only_what_the_workload_used_and_had_is_needed() -> None:
    recording = Recording(
        capabilities=Known(
            (
                use("CAP_CHOWN"),
                use("CAP_SETPCAP", Phase.RUNTIME),
                use("CAP_SYS_ADMIN", had=False),
                use("CAP_NET_ADMIN", level=1),
                use("capability_63"),
            )
        )
    )
    found = needs(recording)
    assert isinstance(found, Known)
    assert [(item.name, item.calls, item.executables) for item in found.value.needed] == [("CAP_CHOWN", ("x",), ("/bin/x",))]
    assert [item.name for item in found.value.refused] == ["CAP_SYS_ADMIN"]
    assert granted(found) == Known(1 << Capability.CAP_CHOWN)


def test_a_container_in_a_user_namespace_has_its_own_level() -> None:
    found = needs(Recording(capabilities=Known((use("CAP_CHOWN", level=1), use("CAP_NET_ADMIN", level=2)))))
    assert isinstance(found, Known)
    assert [item.name for item in found.value.needed] == ["CAP_CHOWN"]


def test_what_was_not_seen_stays_unknown() -> None:
    assert isinstance(granted(needs(Recording())), Unknown)


@given(recordings())
def test_a_capability_is_needed_or_gone_without_and_never_both(recording: Recording) -> None:
    found = needs(recording)
    if isinstance(found, Known):
        assert not {item.name for item in found.value.needed} & {item.name for item in found.value.refused}
