from hypothesis import given
from hypothesis import strategies as st

from ringfence.graph.kernel_code import ORDER, Presence, code
from ringfence.model.component import KernelState
from ringfence.model.kernel_source import BuildRule
from ringfence.model.knowledge import Known, Maybe, Unknown

RULES = {
    "kernel/fork.c": (BuildRule(built_in=True),),
    "net/tls/tls_sw.c": (BuildRule(options=("CONFIG_TLS", "CONFIG_NET"), module="tls"),),
    "net/8021q/vlan_core.c": (BuildRule(options=("CONFIG_VLAN_8021Q",), built_in=True),),
    "drivers/x/a.c": (
        BuildRule(options=("CONFIG_X_PCI",), module="x_pci"),
        BuildRule(options=("CONFIG_X_USB",), module="x_usb"),
    ),
    "fs/unknown_module.c": (BuildRule(options=("CONFIG_TLS",)),),
}


NONE: Maybe[tuple[str, ...]] = Known(())
ON_DISK: Maybe[tuple[str, ...]] = Known(("tls",))


def kernel(
    config: dict[str, str] | None = None,
    loaded: Maybe[tuple[str, ...]] = NONE,
    files: Maybe[tuple[str, ...]] = ON_DISK,
    barred: Maybe[tuple[str, ...]] = NONE,
    **sysctls: str,
) -> KernelState:
    return KernelState(
        node="n",
        release=Known("6.12.1"),
        config=Unknown("no configuration") if config is None else Known(config),
        modules=loaded,
        module_files=files,
        barred_modules=barred,
        sysctls={name.replace("__", "."): Known(value) for name, value in sysctls.items()},
    )


def of(state: KernelState, *paths: str) -> Presence:
    return code(paths, "6.12.1", state, lambda path, _version: RULES.get(path)).presence


TLS = {"CONFIG_TLS": "m", "CONFIG_NET": "y"}


def test_built_in_loaded_loadable_barred_absent() -> None:
    path = "net/tls/tls_sw.c"
    assert of(kernel(TLS | {"CONFIG_TLS": "y"}), path) is Presence.RUNNING
    assert of(kernel(TLS, loaded=Known(("tls",))), path) is Presence.RUNNING
    assert of(kernel(TLS), path) is Presence.LOADABLE
    assert of(kernel(TLS, loaded=Unknown("not read")), path) is Presence.LOADABLE
    assert of(kernel(TLS, barred=Known(("tls",))), path) is Presence.BARRED
    assert of(kernel(TLS, kernel__modules_disabled="1"), path) is Presence.BARRED
    assert of(kernel(TLS, files=Known(())), path) is Presence.ABSENT
    assert of(kernel({"CONFIG_TLS": "m"}), path) is Presence.ABSENT
    assert of(kernel({"CONFIG_VLAN_8021Q": "m"}), "net/8021q/vlan_core.c") is Presence.RUNNING
    assert of(kernel(TLS), "fs/unknown_module.c") is Presence.LOADABLE


def test_what_cannot_be_told_is_undecided() -> None:
    assert of(kernel(None), "net/tls/tls_sw.c") is Presence.UNDECIDED
    assert of(kernel(TLS), "net/new.c") is Presence.UNDECIDED
    assert of(kernel(TLS)) is Presence.UNDECIDED
    assert of(kernel(TLS), "include/net/tls.h") is Presence.UNDECIDED


def test_a_header_elsewhere_keeps_absent_code_undecided_and_one_beside_does_not() -> None:
    none = kernel({"CONFIG_NET": "y"})
    assert of(none, "net/tls/tls_sw.c", "net/tls/tls.h") is Presence.ABSENT
    assert of(none, "net/tls/tls_sw.c", "include/net/tls.h") is Presence.UNDECIDED


def test_code_for_another_processor_and_programs_beside_the_kernel_are_not_in_it() -> None:
    assert of(kernel({}), "arch/powerpc/kernel/a.c") is Presence.ABSENT
    assert of(kernel({}), "tools/perf/builtin.c") is Presence.ABSENT
    assert of(kernel({}), "arch/x86/kernel/a.c") is Presence.UNDECIDED


def test_any_of_several_rules_is_enough() -> None:
    assert of(kernel({"CONFIG_X_USB": "y"}), "drivers/x/a.c") is Presence.RUNNING


@given(st.lists(st.sampled_from([*RULES, "net/new.c"]), min_size=1), st.sampled_from([*RULES, "net/new.c"]))
def test_one_more_source_file_never_takes_code_further_away(paths: list[str], more: str) -> None:
    state = kernel(TLS)
    assert ORDER.index(of(state, *paths, more)) <= ORDER.index(of(state, *paths))
