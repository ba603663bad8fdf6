"""containerd pulls an encrypted image through CRI, with Ringfence as its stream processor; without the key it does not."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from live import containerd_world, registry_world
from live.registry_world import RegistryWorld
from trust import sample_layout
from trust.sample_layout import Pair
from trust.test_building import image, layer

BESIDE = os.environ.get("RINGFENCE_DEBIAN13", "")
PROGRAM = f"{BESIDE}/bin/containerd"
pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(
        not (BESIDE and os.access(PROGRAM, os.X_OK)),
        reason="needs containerd: run tests/install-beside.sh FOLDER, export RINGFENCE_DEBIAN13=FOLDER",
    ),
]
SECRET = b"only for those who may\n"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RegistryWorld, dict[str, Pair]]]:
    folder = tmp_path_factory.mktemp("registry")
    with registry_world.serving(folder) as found:
        pairs = sample_layout.keys(folder)
        image(folder / "plain", (layer(("etc/", b"", 0o755), ("etc/secret", SECRET, 0o644)),), ("ADD rootfs /",), {})
        for scheme, pair in pairs.items():
            found.ok("encrypt", "-q", f"oci:{folder}/plain:v1", found.ref(f"{scheme}:v1"), "--recipient", pair.recipient)
        yield found, pairs


@pytest.mark.parametrize("scheme", ["jwe-rsa", "jwe-ec", "pkcs7", "pgp"])
def test_with_the_key_the_plain_files_are_unpacked(
    scheme: str, world: tuple[RegistryWorld, dict[str, Pair]], tmp_path: Path
) -> None:
    registry, pairs = world
    with containerd_world.serving(tmp_path, PROGRAM, pairs[scheme].key) as containerd:
        assert containerd.pull(registry.ref(f"{scheme}:v1"))
        assert containerd.unpacked("etc/secret") == [SECRET]


def test_with_another_key_nothing_is(world: tuple[RegistryWorld, dict[str, Pair]], tmp_path: Path) -> None:
    registry, pairs = world
    with containerd_world.serving(tmp_path, PROGRAM, pairs["jwe-rsa"].key) as containerd:
        assert not containerd.pull(registry.ref("jwe-ec:v1"))
        assert containerd.unpacked("etc/secret") == []
