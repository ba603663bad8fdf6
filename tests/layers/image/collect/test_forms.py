"""One image in every form of storage: the same facts, whatever holds it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from layers.image.built_image import (
    AWS_KEY,
    GITHUB_TOKEN,
    PACKINGS,
    STRIPE_KEY,
    BuiltImage,
    directory,
    file,
    hard_link,
    link,
    look,
    plain,
    tar_of,
    unpack_own,
    write_tar,
    zipped,
)
from ringfence.errors import UnreadableInput, WrongUsage
from ringfence.model.knowledge import Known, Unknown

STATUS = "Package: dash\nStatus: install ok installed\nArchitecture: amd64\nVersion: {}\n\n"
RELEASE = 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12"\n'

BASE = tar_of(
    [
        directory("etc"),
        file("etc/os-release", RELEASE),
        file("var/lib/dpkg/status", STATUS.format("0.5.12-1")),
        file("var/lib/dpkg/info/dash.list", "/.\n/bin\n/bin/dash\n"),
        file("bin/dash", b"\x7fELF", 0o755),
        link("bin/sh", "dash"),
        file("usr/bin/su", b"\x7fELF", 0o4755),
        file("srv/old/settings.env", f"token={GITHUB_TOKEN}\n"),
        file("usr/lib/node_modules/left-pad/package.json", '{"name": "left-pad", "version": "1.3.0"}'),
    ]
)
MIDDLE = tar_of(
    [
        file("root/.aws/credentials", f"[default]\naws_access_key_id = {AWS_KEY}\n"),
        hard_link("root/copy", "root/.aws/credentials"),
        file("usr/lib/python3/dist-packages/six-1.16.0.dist-info/METADATA", "Name: six\nVersion: 1.16.0\n\n"),
    ]
)
TOP = tar_of(
    [
        file("root/.aws/.wh.credentials"),
        file("srv/old/.wh..wh..opq"),
        file("var/lib/dpkg/status", STATUS.format("0.5.12-2")),
    ]
)
IMAGE = BuiltImage(
    (BASE, MIDDLE, TOP),
    run={"Env": ["PATH=/usr/bin", f"STRIPE_KEY={STRIPE_KEY}"], "User": "app"},
    history=(
        {"created_by": "ADD file:base in /"},
        {"created_by": f"/bin/sh -c curl -H 'Authorization: token {GITHUB_TOKEN}' https://x", "empty_layer": True},
        {"created_by": "COPY credentials /root"},
        {"created_by": "RUN rm /root/.aws/credentials"},
    ),
)

Store = Callable[[BuiltImage, Path], tuple[str, str]]


def docker(packing: Callable[[bytes], bytes]) -> Store:
    return lambda image, path: (image.docker_archive(path / "x.tar", packing), "/")


def oci(packing: Callable[[bytes], bytes]) -> Store:
    return lambda image, path: (image.oci_archive(path / "x.tar", packing), "/")


FORMS: dict[str, Store] = {
    **{f"docker-archive, {name}": docker(packing) for name, packing in PACKINGS.items()},
    **{f"oci-archive, {name}": oci(packing) for name, packing in PACKINGS.items()},
    "OCI layout": lambda image, path: (image.oci_directory(path / "x", zipped), "/"),
    "overlay store": lambda image, path: (image.store(path), str(path)),
}


def makes_devices() -> bool:
    return os.geteuid() == 0


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same(form: str, tmp_path: Path) -> None:
    if form == "overlay store" and not makes_devices():
        pytest.skip("an overlay whiteout is a device: needs root")
    ref, host = FORMS[form](IMAGE, tmp_path)
    seen = look(ref, host)
    assert not seen.problems
    assert seen.facts.unread == ""
    assert seen.packages == ["dash 0.5.12-2", "left-pad 1.3.0", "six 1.16.0"]
    assert seen.secrets == {
        ("aws-access-key-id", "/root/copy", False),
        ("github-token", "history[1].created_by", False),
        ("stripe-key", "config.Env[1] STRIPE_KEY", False),
    }
    also = {str(at): at for hit in seen.facts.secrets for at in hit.also}
    assert set(also) == {"/root/.aws/credentials:2", "/srv/old/settings.env:1"}
    deleted = also["/root/.aws/credentials:2"]
    assert (deleted.deleted, deleted.layer_index, deleted.created_by) == (True, 1, "COPY credentials /root")
    assert [(item.path, item.package) for item in seen.facts.privileged_files] == [("/usr/bin/su", "")]
    assert {(tool.path, tool.kind) for tool in seen.facts.tools} == {("/bin/dash", "shell"), ("/bin/sh", "shell")}
    assert seen.facts.packages[0].purl == "pkg:deb/debian/dash@0.5.12-2?arch=amd64&distro=debian-12"
    assert isinstance(seen.facts.config, Known)
    assert seen.facts.config.value.user == "app"
    assert len(seen.facts.layers) == 3


@pytest.mark.parametrize("form", FORMS)
def test_no_secret_is_kept_whole(form: str, tmp_path: Path) -> None:
    if form == "overlay store" and not makes_devices():
        pytest.skip("an overlay whiteout is a device: needs root")
    ref, host = FORMS[form](IMAGE, tmp_path)
    told = repr(look(ref, host).facts)
    for secret in (AWS_KEY, GITHUB_TOKEN, STRIPE_KEY):
        assert secret not in told
        assert secret[8:] not in told


def test_a_root_file_system(tmp_path: Path) -> None:
    unpack_own(BASE, tmp_path)
    seen = look(f"dir:{tmp_path}")
    assert seen.packages == ["dash 0.5.12-1", "left-pad 1.3.0"]
    assert seen.secrets == {("github-token", "/srv/old/settings.env", False)}
    assert isinstance(seen.facts.config, Unknown)
    assert look(str(tmp_path)).facts.packages == seen.facts.packages


def test_a_vfs_store_holds_whole_trees(tmp_path: Path) -> None:
    image = BuiltImage((BASE, MIDDLE))
    ref = image.store(tmp_path, driver="vfs")
    root = tmp_path / "var/lib/containers/storage"
    for index in range(2):
        folder = root / f"vfs/dir/{index:064x}"
        folder.mkdir(parents=True)
        for layer in image.layers[: index + 1]:
            unpack_own(layer, folder)
    seen = look(ref, str(tmp_path))
    assert ("/root/.aws/credentials", False) in seen.places
    assert ("github-token", "/srv/old/settings.env", False) in seen.secrets
    key = next(hit for hit in seen.facts.secrets if hit.rule == "aws-access-key-id")
    assert key.at.layer_index == 1
    assert {key.at.path, *(at.path for at in key.also)} == {"/root/copy", "/root/.aws/credentials"}


def test_several_images_in_one_archive_must_be_told_apart(tmp_path: Path) -> None:
    first, second = BuiltImage((BASE,)), BuiltImage((MIDDLE,))
    one, two = first.oci_files(), second.oci_files()
    write_tar(tmp_path / "two.tar", {**one, **two, "index.json": both(one["index.json"], two["index.json"])})
    with pytest.raises(UnreadableInput, match="holds 2 images"):
        look(f"oci-archive:{tmp_path}/two.tar")
    assert look(f"oci-archive:{tmp_path}/two.tar:second").packages == ["six 1.16.0"]
    with pytest.raises(UnreadableInput, match="holds no image third"):
        look(f"oci-archive:{tmp_path}/two.tar:third")


def both(one: bytes, two: bytes) -> bytes:
    name = '"annotations":{{"org.opencontainers.image.ref.name":"{}"}},"digest"'
    entries = [
        data.decode().partition('"manifests": [')[2].rpartition("]")[0].replace('"digest"', name.format(tag), 1)
        for data, tag in ((one, "first"), (two, "second"))
    ]
    return ('{"manifests": [' + ",".join(entries) + "]}").encode()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path / "missing.tar", "No such file"),
        (lambda path: written(path / "empty.tar", b""), "is empty"),
        (lambda path: written(path / "text.tar", b"hello, world" * 100), "no image archive"),
        (lambda path: written(path / "cut.tar", whole(path)[: len(whole(path)) // 2]), "damaged archive"),
        (lambda path: written(path / "cut.tar.gz", zipped(whole(path))[:-200]), "damaged archive"),
        (lambda path: written(path / "layer.tar", BASE), "neither manifest.json nor index.json"),
        (lambda path: path, "neither an OCI layout"),
    ],
)
def test_what_is_no_image_is_one_clear_line(make: Callable[[Path], Path], said: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match=said) as caught:
        look(str(make(tmp_path)))
    assert "\n" not in caught.value.diagnostics()


def whole(path: Path) -> bytes:
    return Path(IMAGE.docker_archive(path / "whole.tar")).read_bytes()


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_a_whole_archive_may_be_compressed(tmp_path: Path) -> None:
    packed = written(tmp_path / "x.tar.gz", zipped(whole(tmp_path)))
    assert look(str(packed)).packages == ["dash 0.5.12-2", "left-pad 1.3.0", "six 1.16.0"]


def test_a_reference_without_a_name_is_wrong_usage() -> None:
    with pytest.raises(WrongUsage):
        look("oci-archive:")


def test_a_layer_that_is_not_what_its_digest_says_is_told(tmp_path: Path) -> None:
    files = IMAGE.oci_files(plain)
    wrong = next(name for name, data in files.items() if data == MIDDLE)
    write_tar(tmp_path / "x.tar", {**files, wrong: MIDDLE.replace(b"Version: 1.16.0", b"Version: 1.15.0")})
    seen = look(str(tmp_path / "x.tar"))
    assert {problem.why.partition(":")[0] for problem in seen.problems} == {"integrity"}
    assert "layer 1 is not what the manifest says" in seen.facts.unread


def test_a_configuration_that_is_not_what_its_digest_says_is_refused(tmp_path: Path) -> None:
    files = IMAGE.oci_files()
    name = next(name for name, data in files.items() if data == IMAGE.configuration)
    write_tar(tmp_path / "x.tar", {**files, name: IMAGE.configuration.replace(b"app", b"root")})
    with pytest.raises(UnreadableInput, match="not what its digest says"):
        look(str(tmp_path / "x.tar"))
