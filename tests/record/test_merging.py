"""Merging loses nothing, and neither order nor repetition matters."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from record.recordings import recordings
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.recording import Recording
from ringfence.record.merging import merge


@given(st.lists(recordings(), min_size=1, max_size=4), st.randoms())
def test_order_and_repetition_do_not_matter(given_: list[Recording], random: Random) -> None:
    shuffled = [*given_, *given_[:2]]
    random.shuffle(shuffled)
    assert merge(shuffled) == merge(given_)


@given(recordings(), recordings(), recordings())
def test_merging_in_steps_is_merging_at_once(one: Recording, two: Recording, three: Recording) -> None:
    assert merge([merge([one, two]), three]) == merge([one, merge([two, three])]) == merge([one, two, three])


@given(st.lists(recordings(), min_size=1, max_size=3))
def test_nothing_is_lost(given_: list[Recording]) -> None:
    joined = merge(given_)
    for item in given_:
        assert item.called() <= joined.called()
        assert {run.id for run in item.runs} <= {run.id for run in joined.runs}
        for use in item.calls:
            (found,) = [k for k in joined.calls if (k.name, k.phase, k.entry) == (use.name, use.phase, use.entry)]
            assert set(use.executables) <= set(found.executables)
            assert set(use.runs) <= set(found.runs)
        if isinstance(item.files, Known):
            assert isinstance(joined.files, Known)
            assert {use.path for use in item.files.value} <= {use.path for use in joined.files.value}


def test_what_nobody_saw_stays_unknown() -> None:
    joined = merge([Recording(), Recording()])
    assert isinstance(joined.capabilities, Unknown)
    assert joined.capabilities.reason == "this method does not see capabilities"
