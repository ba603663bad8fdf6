"""What other tools make of ours and we of theirs: a table of tool, version, direction, scheme and verdict, printed at the
end.

A row whose tool is not there says which, and how to get it; every other row must hold. Debian 13's cosign and skopeo are
taken beside an older Debian by tests/install-beside.sh, whose folder RINGFENCE_DEBIAN13 names.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from live import containerd_world, registry_world
from live.registry_world import RegistryWorld
from live.test_openpgp_commands import make_key, passes
from trust import sample_layout
from trust.sample_layout import Pair
from trust.test_building import image, layer

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(shutil.which("skopeo") is None, reason="needs skopeo (Debian package skopeo)"),
    pytest.mark.skipif(shutil.which("gpg") is None, reason="needs gpg (Debian package gnupg)"),
    pytest.mark.skipif(shutil.which("docker-registry") is None, reason="needs docker-registry (Debian package)"),
]
BESIDE = os.environ.get("RINGFENCE_DEBIAN13", "")
HOLDS, FAILS = "holds", "FAILS"
OUT, IN = "ours -> theirs", "theirs -> ours"


@dataclass
class Matrix:
    """The rows so far, and where everything lies."""

    world: RegistryWorld
    pairs: dict[str, Pair]
    rows: list[tuple[str, str, str, str, str]] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.world.folder

    def row(self, tool: str, version: str, direction: str, scheme: str, verdict: bool | str) -> None:
        said = verdict if isinstance(verdict, str) else HOLDS if verdict else FAILS
        self.rows.append((tool, version, direction, scheme, said))

    def table(self) -> str:
        rows = [("tool", "version", "direction", "scheme", "verdict"), *self.rows]
        widths = [max(len(row[column]) for row in rows) for column in range(5)]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        )


@pytest.fixture
def matrix(tmp_path: Path) -> Iterator[Matrix]:
    with registry_world.serving(tmp_path) as world:
        sample_layout.image(tmp_path / "plain")
        world.skopeo("copy", "-q", f"oci:{tmp_path}/plain:v1", world.ref("app:v1"), side="dest-")
        world.ok("trust", "key", f"{tmp_path}/release")
        (tmp_path / "predicate.json").write_text(json.dumps({"spdxVersion": "SPDX-2.3"}))
        (tmp_path / "config.json").write_bytes((tmp_path / "auth.json").read_bytes())
        make_key(tmp_path, "signer")
        yield Matrix(world, sample_layout.keys(tmp_path))


def done(*words: str, **environment: str) -> bool:
    """Whether a tool ends well."""
    plain = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent", **environment}
    return subprocess.run(words, env=plain, capture_output=True, timeout=120, check=False).returncode == 0


def version(*words: str) -> str:
    said = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False).stdout
    return next((word.lstrip("v") for word in said.split() if word.lstrip("v")[:1].isdigit()), "?")


def layers(folder: Path, tag: str = "v1") -> list[str]:
    """The layers of an image in a layout."""
    entries = json.loads((folder / "index.json").read_text())["manifests"]
    entry = next(item for item in entries if item["annotations"]["org.opencontainers.image.ref.name"] == tag)
    manifest = json.loads((folder / "blobs/sha256" / entry["digest"][7:]).read_text())
    return [item["digest"] for item in manifest["layers"]]


def encryption(matrix: Matrix, program: str) -> None:
    """Both ways, every scheme that a key file alone serves."""
    folder, told = matrix.folder, version(program, "--version")
    for scheme in ("jwe-rsa", "jwe-ec", "pkcs7"):
        pair, place = matrix.pairs[scheme], folder / f"{told}-{scheme}"
        matrix.world.ok("encrypt", "-q", f"oci:{folder}/plain:v1", f"oci:{place}-ours:enc", "--recipient", pair.recipient)
        opening = [word for path in pair.key.split(":") for word in ("--decryption-key", path)]
        copy = (program, "--insecure-policy", "copy", "-q")
        opened = done(*copy, *opening, f"oci:{place}-ours:enc", f"oci:{place}-opened:v1")
        same = opened and layers(Path(f"{place}-opened")) == layers(folder / "plain")
        matrix.row("skopeo", told, OUT, f"encryption {scheme}", same)
        sealed = done(*copy, "--encryption-key", pair.recipient, f"oci:{folder}/plain:v1", f"oci:{place}-theirs:enc")
        ours = ("decrypt", f"oci:{place}-theirs:enc", f"oci:{place}-back:v1", "--key", pair.key)
        back = sealed and matrix.world.run(*ours).returncode == 0
        matrix.row(
            "skopeo", told, IN, f"encryption {scheme}", back and layers(Path(f"{place}-back")) == layers(folder / "plain")
        )


def podman(matrix: Matrix) -> None:
    """An image that was encrypted and signed here, opened by skopeo, run by podman."""
    name, scheme = "localhost/ringfence-interop-matrix:1", "encryption jwe-ec, then run"
    busybox = Path("/bin/busybox")
    if not (shutil.which("podman") and shutil.which("runc") and busybox.exists()):
        matrix.row("podman", "-", OUT, scheme, "skipped: needs podman, runc, busybox-static")
        return
    folder, pair = matrix.folder, matrix.pairs["jwe-ec"]
    rootfs = layer(("bin/", b"", 0o755), ("bin/busybox", busybox.read_bytes(), 0o755))
    image(folder / "runs", (rootfs,), ("ADD rootfs /",), {"Cmd": ["/bin/busybox", "echo", "opened"]})
    matrix.world.ok("encrypt", "-q", f"oci:{folder}/runs:v1", f"oci:{folder}/runs-enc:v1", "--recipient", pair.recipient)
    copy = ("skopeo", "--insecure-policy", "copy", "-q", "--decryption-key", pair.key)
    try:
        opened = done(*copy, f"oci:{folder}/runs-enc:v1", f"containers-storage:{name}")
        limits = ("--ulimit=nofile=1024:1024", "--ulimit=nproc=1000:1000", "--rm", "--network=none")
        run = ("podman", "--runtime", "runc", "run", *limits, name)
        said = subprocess.run(run, capture_output=True, text=True, timeout=120, check=False).stdout
        matrix.row("podman", version("podman", "--version"), OUT, scheme, opened and said.strip() == "opened")
    finally:
        done("podman", "rmi", "-f", name)


def openpgp(matrix: Matrix) -> None:
    """A policy of signedBy, in a lookaside folder."""
    ref, folder, told = matrix.world.ref("app:v1"), matrix.folder, version("skopeo", "--version")
    before = passes(matrix.world, ref, "signer.pub", {}, folder / "unsigned")
    matrix.world.ok("sign", ref, "--gpg", f"{folder}/signer.sec", "--lookaside", f"{folder}/lookaside")
    after = passes(matrix.world, ref, "signer.pub", {}, folder / "signed")
    matrix.row("skopeo", told, OUT, "OpenPGP signature, policy.json", not before and after)


def cosign(matrix: Matrix, program: str) -> None:
    """cosign's signatures and attestations, by a key file that Ringfence wrote."""
    world, folder = matrix.world, matrix.folder
    told = _cosign_version(program)
    environment = {"DOCKER_CONFIG": str(folder), "COSIGN_PASSWORD": "long words", "HOME": str(folder)}
    for name in ("ours", "theirs"):
        world.skopeo("copy", "-q", f"oci:{folder}/plain:v1", world.ref(f"cosign-{name}:v1"), side="dest-")
    ours, theirs = (world.ref(f"cosign-{name}:v1") for name in ("ours", "theirs"))
    names = [ref.removeprefix("docker://") for ref in (ours, theirs)]
    key, public = f"{folder}/release.key", f"{folder}/release.pub"
    loose = ("--key", public, "--insecure-ignore-tlog=true")
    unsigned = done(program, "verify", *loose, names[0], **environment)
    world.ok("sign", ours, "--key", key)
    matrix.row(
        "cosign",
        told,
        OUT,
        "signature (.sig tag)",
        not unsigned and done(program, "verify", *loose, names[0], **environment),
    )
    stated = ("--type", "spdx", "--predicate", f"{folder}/predicate.json")
    world.ok("attest", ours, "--key", key, *stated)
    attested = ("verify-attestation", *loose, "--type", "spdx")
    matrix.row("cosign", told, OUT, "attestation (.att tag)", done(program, *attested, names[0], **environment))
    # Without a root cosign asks for the public instance's even where it needs none (sigstore/cosign#4347).
    root = str(Path(__file__).parents[1] / "trust" / "keyless" / "trusted_root.json")
    bundle = done(program, *attested, "--new-bundle-format", "--trusted-root", root, names[0], **environment)
    matrix.row("cosign", told, OUT, "attestation (bundle v0.3)", bundle)
    quiet = ("--key", key, "--tlog-upload=false", "--yes")
    signed = done(program, "sign", *quiet, names[1], **environment)
    verify = ("verify", theirs, "--key", public)
    matrix.row("cosign", told, IN, "signature (.sig tag)", signed and world.run(*verify).returncode == 0)
    attest = done(program, "attest", *quiet, *stated, names[1], **environment)
    matrix.row(
        "cosign", told, IN, "attestation (.att tag)", attest and world.run(*verify, "--attestation", "spdx").returncode == 0
    )
    world.skopeo("copy", "-q", f"oci:{folder}/plain:v1", world.ref("cosign-bundle:v1"), side="dest-")
    place = world.ref("cosign-bundle:v1")
    attest = done(program, "attest", *quiet, "--new-bundle-format", *stated, place.removeprefix("docker://"), **environment)
    held = attest and world.run("verify", place, "--key", public, "--attestation", "spdx").returncode == 0
    matrix.row("cosign", told, IN, "attestation (bundle v0.3)", held)


def _cosign_version(program: str) -> str:
    """Of its package: the program itself says `devel`."""
    found = sorted(Path(program).parents[1].glob("apt/cache/archives/cosign_*.deb"))
    return found[-1].name.split("_")[1].partition("-")[0] if found else "?"


def sigstore_policy(matrix: Matrix, program: str) -> None:
    """A policy of sigstoreSigned, which Debian 12 has compiled out."""
    folder, world = matrix.folder, matrix.world
    rule = {"type": "sigstoreSigned", "keyPath": f"{folder}/release.pub", "signedIdentity": {"type": "matchRepository"}}
    (folder / "sigstore.json").write_text(
        json.dumps({"default": [{"type": "reject"}], "transports": {"docker": {world.host: [rule]}}})
    )
    (folder / "attachments").mkdir(exist_ok=True)
    (folder / "attachments" / "a.yaml").write_text("default-docker:\n  use-sigstore-attachments: true\n")
    world.skopeo("copy", "-q", f"oci:{folder}/plain:v1", world.ref("policy:v1"), side="dest-")
    words: tuple[str, ...] = (
        program,
        "--policy",
        f"{folder}/sigstore.json",
        "--registries.d",
        f"{folder}/attachments",
        "copy",
        "-q",
    )
    words = (
        *words,
        "--remove-signatures",
        f"--src-authfile={folder}/auth.json",
        "--src-tls-verify=false",
        world.ref("policy:v1"),
    )
    before = done(*words, f"oci:{folder}/policy-a:v1")
    world.ok("sign", world.ref("policy:v1"), "--key", f"{folder}/release.key")
    after = done(*words, f"oci:{folder}/policy-b:v1")
    told = version(program, "--version")
    matrix.row("skopeo", told, OUT, "cosign signature, policy.json", not before and after)


def through_cri(matrix: Matrix, program: str) -> None:
    """An encrypted image pulled by containerd through CRI, with Ringfence as its stream processor."""
    folder, pair, ref = matrix.folder, matrix.pairs["jwe-ec"], matrix.world.ref("cri:v1")
    image(folder / "cri", (layer(("etc/", b"", 0o755), ("etc/secret", b"opened", 0o644)),), ("ADD rootfs /",), {})
    matrix.world.ok("encrypt", "-q", f"oci:{folder}/cri:v1", ref, "--recipient", pair.recipient)
    (folder / "containerd").mkdir()
    with containerd_world.serving(folder / "containerd", program, pair.key) as containerd:
        opened = containerd.pull(ref) and containerd.unpacked("etc/secret") == [b"opened"]
    matrix.row("containerd", version(program, "--version"), OUT, "encryption jwe-ec, through CRI", opened)


def beside(matrix: Matrix, tool: str, rows: Callable[[Matrix, str], None], what: str) -> None:
    """Rows of a tool that is taken beside, or one that says that it is not there."""
    program = f"{BESIDE}/bin/{tool}" if BESIDE else ""
    if program and os.access(program, os.X_OK):
        rows(matrix, program)
    else:
        matrix.row(tool, "-", "both", what, "skipped: run tests/install-beside.sh FOLDER, export RINGFENCE_DEBIAN13")


def test_the_matrix(matrix: Matrix, capsys: pytest.CaptureFixture[str]) -> None:
    encryption(matrix, "skopeo")
    podman(matrix)
    openpgp(matrix)
    beside(matrix, "skopeo", encryption, "encryption, Debian 13")
    beside(matrix, "skopeo", sigstore_policy, "cosign signature, policy.json")
    beside(matrix, "cosign", cosign, "signatures, attestations")
    beside(matrix, "containerd", through_cri, "encryption through CRI")
    matrix.row("notation", "-", "both", "JWS, COSE", "skipped: Debian has no notation; held against recorded envelopes")
    with capsys.disabled():
        print(f"\n{matrix.table()}")  # noqa: T201 - the table is what this test is for
    assert len([row for row in matrix.rows if row[4] == HOLDS]) >= 7
    assert not [row for row in matrix.rows if row[4] == FAILS]
