"""A manifest that is changed keeps every member nobody asked to change."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import Malformed
from ringfence.formats import manifest_edit, oci_image
from ringfence.formats.manifest_edit import Changed
from ringfence.formats.oci_image import Descriptor

JSON = st.recursive(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(), st.lists, max_leaves=5)
DIGEST = f"sha256:{'0' * 64}"


@given(st.dictionaries(st.text().filter(lambda name: name != "layers"), JSON), st.dictionaries(st.text(min_size=12), JSON))
def test_only_what_is_asked_for_changes(around: dict[str, object], inside: dict[str, object]) -> None:
    layers = [{**inside, "digest": "a", "size": 1, "annotations": {"keep": "1", "drop": "2"}}, {**inside, "digest": "b"}]
    before = {**around, "layers": layers}
    after = manifest_edit.change(
        json.dumps(before).encode(),
        "layers",
        {0: Changed(digest="c", media_type="t", annotations={"drop": None, "new": "3"})},
    )
    expected = {**inside, "digest": "c", "mediaType": "t", "size": 1, "annotations": {"keep": "1", "new": "3"}}
    assert json.loads(after) == {**around, "layers": [expected, layers[1]]}


def test_the_last_annotation_takes_the_member_with_it() -> None:
    data = b'{"layers":[{"digest":"a","annotations":{"x":"1"}}]}'
    assert manifest_edit.change(data, "layers", {0: Changed(annotations={"x": None})}) == b'{"layers":[{"digest":"a"}]}'


def test_a_tag_means_one_image() -> None:
    index = b'{"schemaVersion":2,"manifests":[],"x":1}'
    for digit in "12":
        index = manifest_edit.name(index, Descriptor(digest=f"sha256:{digit * 64}", size=5, media_type="m"), "v1")
    index = manifest_edit.name(index, Descriptor(digest=DIGEST, size=5, media_type="m"), "v2")
    found = oci_image.parse_manifest(index).manifests or ()
    assert [((item.annotations or {})[oci_image.REF_NAME], item.digest[7]) for item in found] == [("v1", "2"), ("v2", "0")]
    assert json.loads(index)["x"] == 1


@given(st.binary(max_size=100))
def test_any_bytes_give_a_document_or_the_one_error(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        manifest_edit.change(data, "layers", {})
    with contextlib.suppress(Malformed):
        manifest_edit.name(data, Descriptor(digest=DIGEST), "t")


def test_a_manifest_of_another_shape_is_the_one_error() -> None:
    with pytest.raises(Malformed):
        manifest_edit.change(b'{"layers":{"a":1}}', "layers", {})
