"""Documents of images: OCI's, Docker's archive manifest, the local store's lists; file capabilities and package URLs."""

import json
import struct
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import containers_storage, distribution_purl, docker_archive, file_capability, oci_image, purl
from ringfence.model.os_release import OsRelease

DIGEST = "sha256:" + "a" * 64


def test_a_manifest_and_an_index() -> None:
    manifest = {
        "schemaVersion": 2,
        "config": {"digest": DIGEST, "size": 2},
        "layers": [{"digest": DIGEST, "mediaType": "x"}],
    }
    read = oci_image.parse_manifest(json.dumps(manifest).encode())
    assert read.manifests is None
    assert read.layers is not None
    assert read.layers[0].media_type == "x"
    index = {"manifests": [{"digest": DIGEST, "platform": {"os": "linux", "architecture": "arm64"}}]}
    read = oci_image.parse_manifest(json.dumps(index).encode())
    assert read.manifests is not None
    assert read.manifests[0].platform == oci_image.Platform(architecture="arm64", os="linux")


@pytest.mark.parametrize(
    "digest", ["", "sha256:", "sha256:../../etc/passwd", "md5:" + "a" * 32, "sha256:" + "A" * 64, DIGEST + "\n"]
)
def test_a_digest_that_could_name_another_file_is_malformed(digest: str) -> None:
    with pytest.raises(Malformed):
        oci_image.parse_manifest(json.dumps({"config": {"digest": digest}, "layers": []}).encode())
    with pytest.raises(Malformed):
        oci_image.parse_configuration(json.dumps({"rootfs": {"diff_ids": [digest]}}).encode())


def test_manifest_bombs_have_limits() -> None:
    layers = [{"digest": DIGEST}] * (oci_image.MAX_LAYERS + 1)
    with pytest.raises(LimitExceeded):
        oci_image.parse_manifest(json.dumps({"layers": layers}).encode())
    with pytest.raises(LimitExceeded):
        oci_image.parse_configuration(json.dumps({"rootfs": {"diff_ids": [DIGEST] * (oci_image.MAX_LAYERS + 1)}}).encode())
    with pytest.raises(LimitExceeded):
        oci_image.parse_configuration(json.dumps({"history": [{}] * (oci_image.MAX_HISTORY + 1)}).encode())
    with pytest.raises(LimitExceeded):
        oci_image.parse_configuration(json.dumps({"config": {"Env": ["a=b"] * (oci_image.MAX_CONFIG_ITEMS + 1)}}).encode())


def test_a_configuration() -> None:
    document = {
        "architecture": "amd64",
        "config": {"User": "app", "Env": ["A=b"], "ExposedPorts": {"80/tcp": {}}, "Healthcheck": {"Test": ["CMD", "x"]}},
        "rootfs": {"type": "layers", "diff_ids": [DIGEST]},
        "history": [{"created_by": "COPY x", "empty_layer": True}],
    }
    read = oci_image.parse_configuration(json.dumps(document).encode())
    assert read.config is not None
    assert (read.config.user, read.config.env, tuple(read.config.exposed_ports or {})) == ("app", ("A=b",), ("80/tcp",))
    assert read.history == (oci_image.HistoryLine(created_by="COPY x", empty_layer=True),)


def test_a_docker_archive_manifest() -> None:
    (image,) = docker_archive.parse(b'[{"Config": "c.json", "RepoTags": null, "Layers": ["a.tar"]}]')
    assert (image.config, image.layers, image.repo_tags) == ("c.json", ("a.tar",), None)
    with pytest.raises(Malformed, match="no image"):
        docker_archive.parse(b"[]")
    with pytest.raises(LimitExceeded):
        docker_archive.parse(json.dumps([{"Config": "", "Layers": [""] * (oci_image.MAX_LAYERS + 1)}]).encode())


def test_the_lists_of_a_store() -> None:
    (image,) = containers_storage.parse_images(b'[{"id": "ab", "layer": "cd", "names": ["localhost/x:1"]}]')
    assert (image.id, image.layer, image.names) == ("ab", "cd", ("localhost/x:1",))
    (layer,) = containers_storage.parse_layers(b'[{"id": "cd", "diff-digest": "sha256:1", "diff-size": 7}]')
    assert (layer.diff_digest, layer.diff_size, layer.parent) == ("sha256:1", 7, "")
    assert containers_storage.big_data_name("manifest") == "manifest"
    assert containers_storage.big_data_name("sha256:ab") == "=c2hhMjU2OmFi"


@pytest.mark.parametrize(
    ("data", "mask", "effective"),
    [
        (struct.pack("<3I", 0x01000001, 1 << 13, 0), 1 << 13, True),
        (struct.pack("<5I", 0x02000000, 1 << 10, 0, 1 << 7, 0), 1 << 10 | 1 << 39, False),
        (struct.pack("<6I", 0x03000001, 1 << 21, 0, 0, 0, 100000), 1 << 21, True),
    ],
)
def test_file_capabilities_of_all_three_revisions(data: bytes, mask: int, effective: bool) -> None:
    read = file_capability.parse(data)
    assert (read.permitted, read.effective) == (mask, effective)
    with pytest.raises(Malformed):
        file_capability.parse(data + b"\0")


def test_package_urls() -> None:
    release = OsRelease(id="debian", version="12", name="", codename="bookworm", like=())
    made = distribution_purl.make("deb", "libstdc++6", "1:2~3+b1", "amd64", release)
    assert made == "pkg:deb/debian/libstdc%2B%2B6@1:2~3%2Bb1?arch=amd64&distro=debian-12"
    assert distribution_purl.make("apk", "musl", "1", "", None) == "pkg:apk/alpine/musl@1"
    assert purl.make("npm", "@babel/core", "7") == "pkg:npm/%40babel/core@7"


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_package_url_is_one_word_of_ascii(name: str, version: str) -> None:
    made = purl.make("generic", name, version)
    assert made.isascii()
    assert made.isprintable()
    assert not set(" ?#") & set(made)


PARSERS: list[Callable[[bytes], object]] = [
    oci_image.parse_manifest,
    oci_image.parse_configuration,
    docker_archive.parse,
    containers_storage.parse_images,
    containers_storage.parse_layers,
    file_capability.parse,
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(DIGEST),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["manifests", "layers", "config", "Config", "Layers", "digest", "rootfs", "diff_ids", "history", "id", "Env"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
).map(lambda value: json.dumps(value).encode())


@pytest.mark.parametrize("parse", PARSERS)
@settings(max_examples=80)
@given(data=JSON | st.binary(max_size=80))
def test_any_bytes_give_a_value_or_an_error_of_ours(parse: Callable[[bytes], object], data: bytes) -> None:
    try:
        parse(data)
    except (Malformed, LimitExceeded):
        return


@pytest.mark.parametrize("parse", PARSERS)
@pytest.mark.parametrize("data", [b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe", b'"\xed\xa0\x80"'])
def test_json_bombs_are_malformed(parse: Callable[[bytes], object], data: bytes) -> None:
    with pytest.raises(Malformed):
        parse(data)
