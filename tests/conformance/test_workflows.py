"""Our checks of workflows beside zizmor's, on the workflows of real projects.

The corpus comes from Go's module proxy, pinned by version and digest; zizmor is the wheel of that name, of the group `test`.
`pytest -s` prints the table that `docs/conformance/workflows.md` keeps.
"""

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from collections import defaultdict
from pathlib import Path

import pytest

from ringfence.cli.main import main

ZIZMOR = shutil.which("zizmor", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
PROXY = (os.environ.get("GOPROXY") or "https://proxy.golang.org").split(",")[0].split("|")[0]
MODULES = (
    ("github.com/!microsoft/hcsshim/@v/v0.14.1", "b82b9050b19a0e9ee65ebcee4a5b99b92c578be7e2ab753a150e31e2967dfe96"),
    ("github.com/containerd/containerd/@v/v1.6.20", "39635162b4594eb290c974de0ecac64350d4acfac3b6b2f3e17eda9fdc6942f1"),
    ("github.com/containers/podman/v5/@v/v5.8.0", "cd80386519bfb28d227f82fd9ddf28234bc89cbe7ae7c9f7d52b7a299ac197ad"),
    (
        "google.golang.org/genproto/@v/v0.0.0-20231211222908-989df2bf70f3",
        "08b9243bd16175e774243033f6be950b542d4110a8ce8513546a7aa1f3a6fff8",
    ),
    ("github.com/docker/docker/@v/v28.5.2+incompatible", "eb2091e8336c55b1996489eccbc01c06b1b9fed028b5b38e0499b49c9fa0d468"),
    ("github.com/containerd/containerd/v2/@v/v2.4.2", "4e40347c8cd23baf35e773109bd8499948d72f1638eff092ee10ed4f400e9b75"),
)
BY_LINE = {"dependency-from-mutable-source": "unpinned-uses"}
BY_FILE = {
    "every-secret-passed-on": "secrets-inherit",
    "self-hosted-runner-for-outsiders": "self-hosted-runner",
    "workflow-rights-open": "excessive-permissions",
    "untrusted-checkout": "dangerous-triggers",
    "untrusted-input-in-script": "template-injection",
    "checkout-credentials-uploaded": "artipacked",
}
"""Rules about the same; of the last four zizmor asks more widely, as the page says."""
SAME = ("dependency-from-mutable-source", "every-secret-passed-on", "self-hosted-runner-for-outsiders")

pytestmark = pytest.mark.conformance
Places = dict[str, set[tuple[str, int]]]


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the workflows of each module."""
    if ZIZMOR is None:
        pytest.skip("zizmor is not installed (wheel zizmor)")
    root = tmp_path_factory.mktemp("workflows")
    for number, (module, digest) in enumerate(MODULES):
        try:
            with urllib.request.urlopen(f"{PROXY}/{module}.zip", timeout=60) as answer:
                data = answer.read()
        except OSError as cause:
            pytest.skip(f"{PROXY} does not give {module}: {cause}")
        assert hashlib.sha256(data).hexdigest() == digest, module
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                folder, _, file = name.rpartition("/")
                if folder.endswith(".github/workflows") and file.endswith((".yml", ".yaml")):
                    path = root / str(number) / ".github" / "workflows" / file
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(archive.read(name))
    return root


def theirs(root: Path) -> Places:
    command = [str(ZIZMOR), "--offline", "--no-progress", "--no-exit-codes", "--format=json", "--persona=auditor", "."]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    found: Places = defaultdict(set)
    for item in json.loads(done.stdout):
        for place in item["locations"]:
            if place["symbolic"]["kind"] == "Primary":
                path = place["symbolic"]["key"]["Local"]["verbatim_path"].removeprefix("./")
                found[item["ident"]].add((path, place["concrete"]["location"]["start_point"]["row"] + 1))
    return found


def ours(root: Path, capsys: pytest.CaptureFixture[str]) -> Places:
    main(["app", str(root), "--format", "json"])
    found: Places = defaultdict(set)
    for item in json.loads(capsys.readouterr().out)["findings"]:
        found[item["rule"]].add((item["location"]["path"], item["location"]["line"]))
    return found


def test_beside_zizmor(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine, other = ours(corpus, capsys), theirs(corpus)
    rows = ["| check | zizmor | by | both | zizmor alone | ours alone |", "|---|---|---|---|---|---|"]
    assert mine["self-hosted-runner-for-outsiders"], "the corpus has a job of each kind that both know"
    for slug, rule in (BY_LINE | BY_FILE).items():
        here: set[tuple[str, int]] = mine[slug] if slug in BY_LINE else {(path, 0) for path, _ in mine[slug]}
        there = other[rule] if slug in BY_LINE else {(path, 0) for path, _ in other[rule]}
        by = "line" if slug in BY_LINE else "file"
        rows.append(f"| {slug} | {rule} | {by} | {len(here & there)} | {len(there - here)} | {len(here - there)} |")
        if slug in SAME:
            assert here >= there, (slug, sorted(there - here)[:5])
        elif slug != "untrusted-checkout":
            assert here <= there, (slug, sorted(here - there)[:5])
    rows.append(f"{sum(1 for _ in corpus.rglob('*.y*ml'))} workflows")
    with capsys.disabled():
        sys.stdout.write("\n".join(["", *rows, ""]))
