"""The history of the kernel is whole: every call of our tables, every entry with its source, versions that are versions."""

from itertools import pairwise

from ringfence.knowledge.kernel_files import load as kernel_files
from ringfence.knowledge.kernel_history import load
from ringfence.knowledge.system_calls import known_names, system_calls
from ringfence.model.linux import SOCKET_FAMILIES, Capability
from ringfence.versions.kernel import key

HISTORY = load()
SPANS = [*HISTORY.calls.values(), *HISTORY.families.values()]


def test_every_call_of_the_tables_has_its_beginning() -> None:
    assert known_names() <= HISTORY.calls.keys()


def test_every_entry_names_its_source() -> None:
    sources = [span.source for span in SPANS]
    sources += [span.source for span in HISTORY.capabilities.values()] + [feature.source for feature in HISTORY.features]
    assert all(sources)


def test_what_ends_began_before() -> None:
    for span in SPANS:
        if span.since:
            assert key(span.since) < (key(span.until) if span.until else key("99.0"))


def test_capabilities_and_families_exist() -> None:
    assert HISTORY.capabilities.keys() <= set(Capability.__members__)
    assert {name for span in HISTORY.capabilities.values() for name in span.before} <= set(Capability.__members__)
    assert HISTORY.families.keys() == SOCKET_FAMILIES.keys()


def test_options_are_named_in_full() -> None:
    options = {option for span in SPANS for option in span.options}
    options |= {option for feature in HISTORY.features for option in feature.options}
    assert all(option.startswith("CONFIG_") for option in options)
    assert HISTORY.options_of in kernel_files().versions


def test_numbers_from_424_on_grow_with_the_release() -> None:
    """Since Linux 5.1 a new call takes the next number: what has a greater one is not older."""
    numbers = {name: number for name, number in system_calls("x86_64").numbers.items() if number >= 424}
    versions = [key(HISTORY.calls[name].since) for name, _ in sorted(numbers.items(), key=lambda item: item[1])]
    # Within one release numbers and versions of neighbours may cross (pidfd_open 434 of 5.3, clone3 435 of 5.3).
    late = [one for one, other in pairwise(versions) if one > other]
    assert len(late) <= 4
