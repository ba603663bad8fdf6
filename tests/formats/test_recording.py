"""Recordings as files: read back as they were written; cut, edited and foreign ones are refused by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from record.recordings import recordings
from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import recording as form
from ringfence.formats.recording import decode, encode
from ringfence.model.recording import CallUse, Phase, Recording

SOME = Recording(calls=(CallUse(name="read", phase=Phase.START_UP),))


@given(recordings())
def test_a_recording_survives_being_written(recording: Recording) -> None:
    assert decode(encode(recording)) == recording


@given(recordings(), st.data())
def test_a_truncated_recording_is_malformed(recording: Recording, data: st.DataObject) -> None:
    written = encode(recording).rstrip()
    with pytest.raises(Malformed):
        decode(written[: data.draw(st.integers(0, len(written) - 1))])


def test_an_edited_recording_is_told_unless_its_digest_is_taken_away() -> None:
    edited = encode(SOME).replace(b'"read"', b'"bpf"')
    with pytest.raises(Malformed, match="digest"):
        decode(edited)
    without = b"\n".join(line for line in edited.splitlines() if b'"digest"' not in line).replace(b'v1",', b'v1"')
    assert decode(without).called() == {"bpf"}


def test_another_schema_is_named() -> None:
    with pytest.raises(Malformed, match=r"recording/v2.*record again"):
        decode(b'{"schema": "ringfence/recording/v2"}')


@given(st.binary(max_size=200))
def test_any_bytes_are_a_recording_or_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        decode(data)


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form, "MAX_BYTES", 10)
    with pytest.raises(LimitExceeded):
        decode(encode(SOME))
