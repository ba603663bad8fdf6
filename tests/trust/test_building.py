"""An image held against its Dockerfile, base and context: what does not fit is named, what cannot be told is said."""

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from ringfence.cli import main
from ringfence.errors import RingfenceError, UnreadableInput
from ringfence.formats.oci_image import Descriptor, HistoryLine, RunConfig
from ringfence.io import oci_layout
from ringfence.trust import encrypted_image
from ringfence.trust.building import build_plan, built_image, context, history, judging, package_files
from ringfence.trust.building.build_plan import BuildPlan
from ringfence.trust.building.built_image import BuiltImage
from ringfence.trust.building.judging import BuildVerdict
from trust import sample_layout

Entry = tuple[str, bytes, int]
DOCKERFILE = """\
FROM base.example/base:1
ARG MODE=release
WORKDIR /srv
COPY app/ /srv/app/
COPY --chmod=755 run.sh ./
RUN make \\
    all
ENV MODE=$MODE COLOUR=blue
CMD ["./run.sh"]
"""
CONTEXT = {"app/a.txt": b"a", "app/sub/b.txt": b"b", "run.sh": b"#!/bin/sh\n", "Dockerfile": b""}


def layer(*entries: Entry) -> bytes:
    """A tar of files and, for names that end in a slash, directories; `->` in a name makes a link."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data, mode in entries:
            path, _, link = name.partition("->")
            item = tarfile.TarInfo(path)
            item.mode, item.size = mode, len(data)
            if link:
                item.type, item.linkname = tarfile.SYMTYPE, link
            elif name.endswith("/"):
                item.type = tarfile.DIRTYPE
            tar.addfile(item, io.BytesIO(data))
    return out.getvalue()


BASE = (layer(("bin/sh", b"shell", 0o755), ("srv/", b"", 0o755)),)
BASE_HISTORY = ("ADD rootfs /",)
COPIED = layer(("srv/", b"", 0o755), ("srv/app/a.txt", b"a", 0o644), ("srv/app/sub/b.txt", b"b", 0o644))
SCRIPT = layer(("srv/run.sh", b"#!/bin/sh\n", 0o755))
MADE = layer(("srv/out", b"made", 0o644))
LAYERS = (COPIED, SCRIPT, MADE)
HISTORY = (
    "WORKDIR /srv|",
    "COPY app/ /srv/app/ # buildkit",
    "COPY --chmod=755 run.sh ./ # buildkit",
    "RUN |1 MODE=release /bin/sh -c make     all # buildkit",
    "ENV MODE=release COLOUR=blue|",
    'CMD ["./run.sh"]|',
)
CONFIG: dict[str, object] = {"Env": ["PATH=/bin", "MODE=release", "COLOUR=blue"], "Cmd": ["./run.sh"], "WorkingDir": "/srv"}


def image(folder: Path, layers: tuple[bytes, ...], lines: tuple[str, ...], config: dict[str, object]) -> BuiltImage:
    """Writes the image and reads it back. History lines that end in `|` made no layer."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)

    def put(data: bytes, media_type: str = "application/vnd.oci.image.layer.v1.tar+gzip") -> dict[str, object]:
        (blobs / hashlib.sha256(data).hexdigest()).write_bytes(data)
        return {"mediaType": media_type, "digest": sample_layout.digest(data), "size": len(data)}

    told = [{"created_by": line.rstrip("|"), "empty_layer": line.endswith("|")} for line in lines]
    configuration = {
        "rootfs": {"diff_ids": [sample_layout.digest(item) for item in layers]},
        "config": config,
        "history": told,
    }
    manifest = {
        "schemaVersion": 2,
        "config": put(json.dumps(configuration).encode(), "application/vnd.oci.image.config.v1+json"),
        "layers": [put(gzip.compress(item, mtime=0)) for item in layers],
    }
    entry = put(json.dumps(manifest).encode(), "application/vnd.oci.image.manifest.v1+json")
    entry["annotations"] = {"org.opencontainers.image.ref.name": "v1"}
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    layout = oci_layout.in_directory(str(folder))
    return built_image.read(layout, encrypted_image.find(layout, "v1"))


class Bench:
    """A base, a context and a Dockerfile, and images held against them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.base = image(folder / "base", BASE, BASE_HISTORY, {"Env": ["PATH=/bin"]})
        for name, data in CONTEXT.items():
            path = folder / "context" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def plan(self, text: str = DOCKERFILE, **arguments: str) -> BuildPlan:
        return build_plan.plan(text.encode(), RunConfig(env=("PATH=/bin",)), arguments)

    def verdict(
        self,
        layers: tuple[bytes, ...] = LAYERS,
        lines: tuple[str, ...] = HISTORY,
        config: dict[str, object] = CONFIG,
        text: str = DOCKERFILE,
        base: tuple[bytes, ...] = BASE,
    ) -> BuildVerdict:
        made = image(self.folder / "image", (*base, *layers), (*BASE_HISTORY, *lines), config)
        found = context.read(str(self.folder / "context"), "Dockerfile")
        return judging.judge(made, self.base, self.plan(text), found)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def rules(verdict: BuildVerdict) -> list[tuple[str, int | None, str]]:
    return [(item.rule, item.layer, item.path) for item in verdict.findings]


def test_an_image_that_fits_has_no_finding(bench: Bench) -> None:
    found = bench.verdict()
    assert (found.findings, found.untold) == ((), ())
    assert found.unowned == ("srv/out",)


@pytest.mark.parametrize(
    ("number", "entry", "rule"),
    [
        (2, ("bin/.x", b"x", 0o4755), "privileged-file-added"),
        (2, ("bin/.x", b"x", 0o755), "hidden-executable-added"),
        (2, ("etc/ld.so.preload", b"/x.so", 0o644), "sensitive-file-added"),
        (2, ("root/.ssh/authorized_keys", b"key", 0o600), "sensitive-file-added"),
        (2, ("etc/cron.d/x", b"* * * * *", 0o644), "sensitive-file-added"),
        (2, ("etc/pam.d/sshd", b"x", 0o644), "sensitive-file-added"),
        (2, ("usr/local/share/ca-certificates/x.crt", b"x", 0o644), "sensitive-file-added"),
        (2, ("etc/shadow->/srv/shadow", b"", 0o777), "sensitive-file-added"),
        (2, ("../../etc/x", b"x", 0o644), "path-outside"),
        (0, ("usr/bin/x", b"x", 0o755), "file-outside-destination"),
        (0, ("srv/app/c.txt", b"c", 0o644), "file-not-in-context"),
        (1, ("srv/other.sh", b"x", 0o755), "file-outside-destination"),
    ],
)
def test_a_file_that_no_step_leads_to_is_named(number: int, entry: Entry, rule: str, bench: Bench) -> None:
    layers = list(LAYERS)
    old = {
        0: (("srv/app/a.txt", b"a", 0o644), ("srv/app/sub/b.txt", b"b", 0o644)),
        1: (("srv/run.sh", b"#!/bin/sh\n", 0o755),),
    }
    layers[number] = layer(*old.get(number, (("srv/out", b"made", 0o644),)), entry)
    found = bench.verdict(tuple(layers))
    if number == 1:  # `./` is a folder: what is in it is not outside of it
        rule = "file-not-in-context"
    assert rule in [name for name, _, _ in rules(found)]
    assert {place for _, place, _ in rules(found)} == {number + 1}


def test_a_copy_with_other_content_or_none_is_named(bench: Bench) -> None:
    other = layer(("srv/app/a.txt", b"evil", 0o644))
    assert rules(bench.verdict((other, SCRIPT, MADE))) == [
        ("copied-file-differs", 1, "srv/app/a.txt"),
        ("copied-file-missing", 1, "srv/app/sub/b.txt"),
    ]


def test_a_copy_that_gained_setuid_is_named(bench: Bench) -> None:
    assert ("privileged-file-added", 2, "srv/run.sh") in rules(
        bench.verdict((COPIED, layer(("srv/run.sh", b"#!/bin/sh\n", 0o4755)), MADE))
    )


def test_what_dockerignore_leaves_out_need_not_be_there(bench: Bench) -> None:
    (bench.folder / "context" / ".dockerignore").write_text("app/sub\n")
    assert not bench.verdict((layer(("srv/app/a.txt", b"a", 0o644)), SCRIPT, MADE)).findings


def test_another_base_is_named(bench: Bench) -> None:
    found = bench.verdict(base=(layer(("bin/sh", b"another", 0o755)),))
    assert rules(found)[0] == ("base-layers-differ", 0, "")


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (3, "RUN |1 MODE=release /bin/sh -c make all && curl evil # buildkit"),
        (2, "RUN /bin/sh -c cp run.sh . # buildkit"),
        (5, "USER root|"),
    ],
)
def test_a_history_of_other_steps_is_named(place: int, line: str, bench: Bench) -> None:
    lines = (*HISTORY[:place], line, *HISTORY[place + 1 :])
    assert "history-differs" in [name for name, _, _ in rules(bench.verdict(lines=lines))]


def test_a_squashed_image_says_what_can_no_longer_be_told_and_still_shows_what_stands_out(bench: Bench) -> None:
    lines = (*(line if line.endswith("|") else f"{line}|" for line in HISTORY[:-1]), 'CMD ["./run.sh"]')
    everything = (("srv/run.sh", b"#!/bin/sh\n", 0o755), ("etc/ld.so.preload", b"x", 0o644))
    found = bench.verdict((layer(*everything),), lines)
    assert rules(found) == [("sensitive-file-added", 1, "etc/ld.so.preload")]
    assert "it was squashed" in found.untold[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"Env": ["PATH=/bin", "MODE=release", "COLOUR=blue", "LD_PRELOAD=/x.so"]},
            "nothing sets its environment variable LD_PRELOAD",
        ),
        ({"Env": ["PATH=/evil", "MODE=release", "COLOUR=blue"]}, "environment variable PATH is not what is set"),
        ({"Env": ["PATH=/bin", "MODE=release"]}, "environment variable COLOUR is missing"),
        ({"Entrypoint": ["/bin/.x"]}, "its entrypoint is '/bin/.x'"),
        ({"Cmd": ["sh"]}, "its command is 'sh'"),
        ({"User": "0"}, "its user is '0'"),
        ({"WorkingDir": "/tmp"}, "its working directory is '/tmp'"),
        ({"Labels": {"x": "y"}}, "nothing sets its label x"),
    ],
)
def test_a_configuration_that_drifted_is_named(change: dict[str, object], said: str, bench: Bench) -> None:
    (found,) = bench.verdict(config={**CONFIG, **change}).findings
    assert (found.rule, said in found.because) == ("config-differs", True)


def test_what_a_build_argument_decides_is_not_told(bench: Bench) -> None:
    text = DOCKERFILE.replace("ARG MODE=release", "ARG MODE")
    found = bench.verdict(text=text)
    assert found.findings == ()
    assert "environment variable MODE" in found.untold[0]
    assert bench.plan(text, MODE="debug").environment["MODE"] == "debug"


def test_files_of_packages_are_held_against_their_lists(bench: Bench) -> None:
    tool = hashlib.md5(b"tool", usedforsecurity=False).hexdigest()
    lists = ("var/lib/dpkg/info/tool.md5sums", f"{tool}  usr/bin/tool\n".encode(), 0o644)
    good = layer(("usr/bin/tool", b"tool", 0o4755), lists)
    assert not bench.verdict((COPIED, SCRIPT, good)).findings, "a package brings its setuid program"
    bad = layer(("usr/bin/tool", b"evil", 0o755), lists)
    assert rules(bench.verdict((COPIED, SCRIPT, bad))) == [("package-file-changed", 3, "usr/bin/tool")]


def test_lists_of_alpine_and_of_merged_distributions_are_read() -> None:
    apk = b"P:tool\nF:bin\nR:tool\nZ:Q1qvTGHdzF6KLavt4PO0gs2a6pQ00=\n"
    found = package_files.packaged([("lib/apk/db/installed", apk)])
    hello = hashlib.sha1(b"hello", usedforsecurity=False).hexdigest()
    assert found["bin/tool"].is_of("", hello)
    assert found["usr/bin/tool"].is_of("", hello)
    assert package_files.packaged([("lib/apk/db/installed", b"\xff\nR:x\nZ:Q1!")]) == {}


def test_steps_whose_sources_are_elsewhere_are_told(bench: Bench) -> None:
    text = DOCKERFILE.replace("COPY app/ /srv/app/", "COPY --from=builder /out /srv/app/")
    lines = tuple(line.replace("COPY app/ /srv/app/", "COPY /out /srv/app/") for line in HISTORY)
    found = bench.verdict(lines=lines, text=text)
    assert not found.findings
    assert "copies from builder" in found.untold[0]
    outside = layer(("usr/bin/x", b"x", 0o755))
    assert rules(bench.verdict((outside, SCRIPT, MADE), lines, text=text))[0][0] == "file-outside-destination"


def test_stages_are_followed_to_the_base() -> None:
    text = "FROM a AS one\nRUN first\nFROM b AS other\nRUN elsewhere\nFROM one\nRUN second\nENTRYPOINT go\n"
    plan = build_plan.plan(text.encode(), RunConfig(cmd=("old",)), {})
    assert (plan.base, [step.text for step in plan.steps]) == ("a", ["first", "second", "go"])
    assert (plan.entrypoint, plan.command) == (("/bin/sh", "-c", "go"), ())


@pytest.mark.parametrize(
    ("line", "keyword", "text"),
    [
        ("/bin/sh -c #(nop) COPY file:87c in /app/hello.txt ", "COPY", "file:87c in /app/hello.txt"),
        ("/bin/sh -c apt-get  update", "RUN", "apt-get update"),
        ("|2 A=1 B=2 /bin/sh -c make", "RUN", "make"),
        ("RUN /bin/sh -c make # buildkit", "RUN", "make"),
        ("ENV A=b", "ENV", "A=b"),
        ("whatever this is", "", "whatever this is"),
    ],
)
def test_history_is_read_as_builders_write_it(line: str, keyword: str, text: str) -> None:
    found = history.told(HistoryLine(created_by=line))
    assert (found.keyword, found.text) == (keyword, text)


def test_a_rebuild_is_compared_file_by_file(bench: Bench, tmp_path: Path) -> None:
    ours = image(tmp_path / "ours", (layer(("a", b"a", 0o644), ("b", b"b", 0o4755), ("c", b"c", 0o644)),), ("RUN x",), {})
    again = image(tmp_path / "again", (layer(("a", b"a", 0o644), ("b", b"b", 0o755), ("d", b"d", 0o644)),), ("RUN x",), {})
    found = [(item.rule, item.path) for item in judging.compare(ours, again)]
    assert found == [("differs-from-rebuild", "b"), ("not-in-rebuild", "c"), ("missing-from-image", "d")]
    assert not judging.compare(ours, ours)
    mounts = image(tmp_path / "mounts", (layer(("etc/hosts", b"", 0o755), ("run/", b"", 0o755)),), ("RUN x",), {})
    other = image(tmp_path / "other", (layer(("etc/resolv.conf", b"", 0o755)),), ("RUN x",), {})
    assert not judging.compare(mounts, other), "what engines mount while a step runs"
    full = image(tmp_path / "full", (layer(("etc/hosts", b"1.2.3.4 registry", 0o644)),), ("RUN x",), {})
    assert [item.path for item in judging.compare(full, other)] == ["etc/hosts"]
    modes = [image(tmp_path / f"{mode}", (layer(("a", b"a", mode)),), ("RUN x",), {}) for mode in (0o644, 0o444, 0o646)]
    assert judging.compare(modes[0], modes[1])
    assert not judging.compare(modes[0], modes[1], frozenset({0})), "the checkout of a context decides"
    assert judging.compare(modes[2], modes[1], frozenset({0})), "others may write it"
    assert judging.compare(ours, bench.base)


def test_a_layer_that_is_not_its_configurations_is_refused(tmp_path: Path) -> None:
    image(tmp_path, (MADE,), ("RUN x",), {})
    index = json.loads((tmp_path / "index.json").read_text())["manifests"][0]["digest"][7:]
    manifest = json.loads((tmp_path / "blobs/sha256" / index).read_text())
    configuration = tmp_path / "blobs/sha256" / manifest["config"]["digest"][7:]
    changed = configuration.read_text().replace(sample_layout.digest(MADE), sample_layout.digest(b"other")).encode()
    manifest["config"]["digest"] = sample_layout.digest(changed)
    data = json.dumps(manifest).encode()
    (tmp_path / "blobs/sha256" / hashlib.sha256(changed).hexdigest()).write_bytes(changed)
    (tmp_path / "blobs/sha256" / hashlib.sha256(data).hexdigest()).write_bytes(data)
    layout = oci_layout.in_directory(str(tmp_path))
    with pytest.raises(UnreadableInput, match="is not the one its configuration has"):
        built_image.read(layout, Descriptor(digest=sample_layout.digest(data)))


def test_the_command_says_each_and_ends_with_its_status(
    bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.verdict()
    (tmp_path / "context" / "Dockerfile").write_text(DOCKERFILE)
    words = ["verify", f"oci:{tmp_path}/image:v1", "--build", f"{tmp_path}/context/Dockerfile", "--base"]
    assert main.main([*words, f"oci:{tmp_path}/base:v1"]) == 0
    assert "nothing was found" in capsys.readouterr().out
    assert main.main(words[:-1]) == 2
    bench.verdict((COPIED, SCRIPT, layer(("etc/ld.so.preload", b"x", 0o644))))
    assert main.main([*words, f"oci:{tmp_path}/base:v1"]) == 1
    assert "etc/ld.so.preload: sensitive-file-added" in capsys.readouterr().out


def test_a_dockerfile_that_is_none_is_one_error(bench: Bench) -> None:
    for text in ("", "RUN x", "FROM a\nNONSENSE"):
        with pytest.raises(RingfenceError):
            bench.plan(text)
