"""`ringfence sbom` and `ringfence diff` on images made here."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from layers.image.built_image import GITHUB_TOKEN, BuiltImage, file, tar_of
from ringfence.formats import recording
from ringfence.model.knowledge import Known
from ringfence.model.recording import Access, FileUse, Phase, Recording

SOURCE = str(Path(__file__).parents[2] / "src")
STATUS = "Package: {}\nVersion: {}\nArchitecture: amd64\nStatus: install ok installed\n\n"
BASE = tar_of([file("etc/os-release", "ID=debian\nVERSION_ID=12\n")])
OLD = BuiltImage((BASE, tar_of([file("var/lib/dpkg/status", STATUS.format("dash", 1) + STATUS.format("gone", 1))])))
NEW = BuiltImage(
    (
        BASE,
        tar_of(
            [
                file("var/lib/dpkg/status", STATUS.format("dash", 2) + STATUS.format("new", 1)),
                file("key", f"token = {GITHUB_TOKEN}\n"),
            ]
        ),
    ),
    run={"User": "app"},
)


def ringfence(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "PYTHONPATH": SOURCE,
        "XDG_CACHE_HOME": str(folder / "cache"),
    }
    command = [sys.executable, "-m", "ringfence", *words]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    OLD.docker_archive(tmp_path / "old.tar")
    NEW.oci_archive(tmp_path / "new.tar")
    return tmp_path


def test_a_bill_of_materials_needs_no_advisories(folder: Path) -> None:
    done = ringfence(folder, "sbom", "old.tar")
    assert (done.returncode, done.stderr) == (0, "")
    assert [item["name"] for item in json.loads(done.stdout)["components"]] == ["dash", "gone"]
    done = ringfence(folder, "sbom", "old.tar", "--format", "spdx", "-o", "bom.json")
    assert (done.returncode, done.stdout) == (0, "")
    assert [item["name"] for item in json.loads((folder / "bom.json").read_text())["packages"]] == [
        "old.tar",
        "dash",
        "gone",
    ]
    assert "bom.json.part" not in os.listdir(folder)


def test_a_difference_tells_what_came_and_what_went(folder: Path) -> None:
    found = json.loads(ringfence(folder, "diff", "old.tar", "new.tar", "--format", "json").stdout)
    assert found["schema"] == "ringfence/diff/v1"
    assert [item["name"] for item in found["packages_added"]] == ["new"]
    assert [item["name"] for item in found["packages_removed"]] == ["gone"]
    assert [(item["before"], item["after"]) for item in found["packages_changed"]] == [(["1"], ["2"])]
    assert (found["layers_shared"], found["layers_removed"], found["layers_added"]) == (1, 1, 1)
    assert ("user", '""', '"app"') in {(item["name"], item["before"], item["after"]) for item in found["settings"]}
    assert "secret-in-file" in {item["rule"] for item in found["findings_appeared"]}
    assert "image-runs-as-root" in {item["rule"] for item in found["findings_gone"]}


def test_a_difference_is_a_gate(folder: Path) -> None:
    assert ringfence(folder, "diff", "old.tar", "new.tar", "--fail-on", "critical").returncode == 1
    assert ringfence(folder, "diff", "new.tar", "old.tar", "--fail-on", "critical").returncode == 3
    shown = ringfence(folder, "diff", "old.tar", "new.tar").stdout
    assert "~ pkg:deb/debian/dash?arch=amd64 1 -> 2" in shown
    assert GITHUB_TOKEN not in shown


def test_an_image_does_not_differ_from_itself(folder: Path) -> None:
    shown = ringfence(folder, "diff", "new.tar", "oci-archive:new.tar").stdout
    assert "2 layers shared, 0 gone, 0 new" in shown
    for part in ("packages", "configuration", "findings"):
        assert f"{part}: no difference" in shown


def test_a_difference_has_no_other_form(folder: Path) -> None:
    done = ringfence(folder, "diff", "old.tar", "new.tar", "--format", "spdx")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_a_recording_tells_which_packages_were_never_opened(folder: Path) -> None:
    layer = tar_of(
        [
            file("usr/bin/serve", b"1" * 100),
            file("usr/lib/libspare.so", b"1" * 2_000_000),
            file("var/lib/dpkg/info/serve.list", "/usr/bin/serve\n"),
            file("var/lib/dpkg/info/libspare:amd64.list", "/usr/lib/libspare.so\n"),
        ]
    )
    BuiltImage((layer,)).docker_archive(folder / "w.tar")
    use = FileUse(path="/usr/bin/serve", access=Access.EXECUTE, phase=Phase.START_UP)
    (folder / "r.json").write_bytes(recording.encode(Recording(files=Known((use,)))))
    done = ringfence(folder, "image", "w.tar", "--recording", "r.json", "--format", "json")
    (found,) = [item for item in json.loads(done.stdout)["findings"] if item["rule"] == "package-never-opened"]
    assert found["description"] == "nothing of 1 package (2.0 MB) was opened: libspare"
    (folder / "r.json").write_bytes(recording.encode(Recording()))
    unseen = ringfence(folder, "image", "w.tar", "--recording", "r.json", "--format", "json")
    assert "package-never-opened" in {item["rule"] for item in json.loads(unseen.stdout)["undecided"]}


@pytest.mark.parametrize(
    "selector", ['secret = "{whole}"', 'secret = "{start}"', 'rule = "github-token"', 'path = "/app/*"']
)
def test_a_secret_can_be_allowed_by_hash_rule_or_path(folder: Path, selector: str) -> None:
    layer = tar_of([file("app/token.env", f"TOKEN={GITHUB_TOKEN}\n")])
    BuiltImage((layer,)).docker_archive(folder / "s.tar")
    whole = hashlib.sha256(GITHUB_TOKEN.encode()).hexdigest()
    chosen = selector.format(whole=whole, start=whole[:16])
    (folder / "allow").write_text(f'[[ignore]]\n{chosen}\nreason = "a token of the test"\n')
    done = ringfence(folder, "image", "s.tar", "--format", "json", "--ignore-file", "allow")
    (found,) = [item for item in json.loads(done.stdout)["findings"] if item["rule"] == "secret-in-file"]
    assert found["secret"] == {"rule": "github-token", "fingerprint": whole[:12]}
    assert found["suppressed"]["reason"] == "a token of the test"
