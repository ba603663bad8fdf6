"""Classifiers of programs: each tells a true sample, and takes nothing else for one."""

import base64
from pathlib import Path

import msgspec
import pytest

from ringfence.knowledge import program_classifiers


class Sample(msgspec.Struct, forbid_unknown_fields=True):
    """Bytes around the place that tells, out of a real program (`origin`), or made after the project's sources."""

    program: str
    file: str
    version: str
    origin: str
    around: str

    @property
    def data(self) -> bytes:
        return base64.b64decode(self.around)


SAMPLES = msgspec.json.decode((Path(__file__).parent / "program_samples.json").read_bytes(), type=list[Sample])


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.program}-{sample.file}")
def test_a_true_sample_is_told_with_its_version(sample: Sample) -> None:
    padded = b"\x7fELF" + bytes(100) + sample.data + bytes(100)
    assert program_classifiers.of(sample.file, padded) == (sample.program, sample.version)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.program}-{sample.file}")
def test_the_same_bytes_under_another_name_are_no_program(sample: Sample) -> None:
    assert program_classifiers.of("something-else", sample.data) is None


def test_every_classifier_has_a_sample_and_its_facts() -> None:
    known = program_classifiers.load()
    assert {item.name for item in known} == {sample.program for sample in SAMPLES}
    for item in known:
        assert item.files
        assert item.patterns
        assert item.cpe.count(":") == 1
        assert item.source


def test_a_name_alone_tells_nothing() -> None:
    assert program_classifiers.of("nginx", b"\x7fELF" + bytes(1000)) is None
