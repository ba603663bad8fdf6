"""Registries: what is pulled, what is sent to whom, and what a registry that fails or lies gets."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from layers.image.built_image import GITHUB_TOKEN, BuiltImage, digest, file, look, tar_of
from ringfence.errors import LimitExceeded, RingfenceError, Unavailable, UnreadableInput
from ringfence.io import registry as registries
from ringfence.io import registry_session
from ringfence.io.result_cache import ResultCache
from worlds.image_registry import PASSWORD, TOKEN, USER, FakeRegistry, Fault, blob, serving

BASE = tar_of(
    [file("etc/os-release", "ID=alpine\nVERSION_ID=3.20.1\n"), file("lib/apk/db/installed", "P:musl\nV:1.2.5-r0\n\n")]
)
TOP = tar_of([file("srv/settings.env", f"TOKEN={GITHUB_TOKEN}\n"), file("padding", "x" * 50_000)])
IMAGE = BuiltImage((BASE, TOP))


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRegistry]:
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / "auth.json"))
    monkeypatch.setattr(registry_session, "MAX_WAIT_SECONDS", 0.0)
    with serving(FakeRegistry({"1": IMAGE})) as found:
        yield found


def log_in(registry: FakeRegistry, path: Path, password: str = PASSWORD) -> None:
    code = base64.b64encode(f"{USER}:{password}".encode()).decode()
    path.write_text(json.dumps({"auths": {registry.host: {"auth": code}}}))


def ref(registry: FakeRegistry, version: str = ":1") -> str:
    return f"docker://{registry.host}/app{version}"


def test_an_image_is_the_same_as_in_an_archive(registry: FakeRegistry, tmp_path: Path) -> None:
    seen, archived = look(ref(registry)), look(IMAGE.oci_archive(tmp_path / "x.tar"))
    assert not seen.problems
    assert (seen.packages, seen.secrets, seen.facts.digest) == (archived.packages, archived.secrets, archived.facts.digest)
    assert seen.packages == ["musl 1.2.5-r0"]


def test_a_bare_name_is_asked_of_its_registry(registry: FakeRegistry, tmp_path: Path) -> None:
    assert look(f"{registry.host}/app:1", host=str(tmp_path)).packages == ["musl 1.2.5-r0"]


def test_a_bare_name_that_is_nowhere_is_told_so(registry: FakeRegistry, tmp_path: Path) -> None:
    with pytest.raises(
        Unavailable, match=r"neither a file nor in the local storage, and the registry of .*has no such image"
    ):
        look(f"{registry.host}/app:no", host=str(tmp_path))


def test_only_layers_that_are_not_known_are_pulled(registry: FakeRegistry, tmp_path: Path) -> None:
    cache = ResultCache(str(tmp_path / "results.db"))
    first = look(ref(registry), cache=cache)
    registry.images["2"] = BuiltImage((BASE, tar_of([file("new", "content")])))
    registry.asked.clear()
    assert look(ref(registry, ":2"), cache=cache).packages == first.packages
    assert blob(BASE) not in [path for path, _ in registry.asked]
    registry.asked.clear()
    assert look(ref(registry), cache=cache) == first
    assert [path for path, _ in registry.asked] == ["/v2/app/manifests/1", blob(IMAGE.configuration)]


@pytest.mark.parametrize("auth", ["basic", "bearer"])
def test_logins_are_taken_from_the_users_file(registry: FakeRegistry, tmp_path: Path, auth: str) -> None:
    registry.auth = auth
    with pytest.raises(Unavailable):
        look(ref(registry))
    log_in(registry, tmp_path / "auth.json")
    assert look(ref(registry)).packages == ["musl 1.2.5-r0"]
    # Whatever scope the registry named, we ask to pull this one image and no more.
    assert set(registry.scopes) <= {"repository:app:pull"}


def test_a_wrong_password_is_one_line(registry: FakeRegistry, tmp_path: Path) -> None:
    registry.auth = "bearer"
    log_in(registry, tmp_path / "auth.json", "wrong")
    with pytest.raises(Unavailable, match="token service refuses us") as caught:
        look(ref(registry))
    assert "wrong" not in caught.value.diagnostics()


def test_a_redirect_to_another_host_takes_no_authorisation_along(registry: FakeRegistry, tmp_path: Path) -> None:
    registry.auth = "bearer"
    log_in(registry, tmp_path / "auth.json")
    with serving(FakeRegistry({"1": IMAGE})) as other:
        registry.faults[blob(BASE)] = Fault(307, {"Location": f"http://{other.host}{blob(BASE)}"})
        assert look(ref(registry)).packages == ["musl 1.2.5-r0"]
        assert other.asked == [(blob(BASE), "")]
    assert any(said == f"Bearer {TOKEN}" for _, said in registry.asked)


@pytest.mark.parametrize(
    "place", ["http://example.invalid/x", "ftp://127.0.0.1/x", "file:///etc/passwd", "http://169.254.169.254/"]
)
def test_a_redirect_to_what_is_not_https_is_refused(registry: FakeRegistry, place: str) -> None:
    registry.faults["/v2/app/manifests/1"] = Fault(302, {"Location": place})
    with pytest.raises(Unavailable, match="not https"):
        look(ref(registry))


def test_a_token_service_that_is_not_https_gets_no_password(registry: FakeRegistry, tmp_path: Path) -> None:
    log_in(registry, tmp_path / "auth.json")
    challenge = 'Bearer realm="http://example.invalid/token",service="x"'
    registry.faults["/v2/app/manifests/1"] = Fault(401, {"WWW-Authenticate": challenge})
    with pytest.raises(Unavailable, match="not https"):
        look(ref(registry))


def test_redirects_in_a_circle_end(registry: FakeRegistry) -> None:
    registry.faults["/v2/app/manifests/1"] = Fault(302, {"Location": "/v2/app/manifests/1"})
    with pytest.raises(Unavailable, match="redirects more than"):
        look(ref(registry))


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_fault_is_tried_again(registry: FakeRegistry, status: int) -> None:
    for path in ("/v2/app/manifests/1", blob(TOP)):
        registry.faults[path] = Fault(status, {"Retry-After": "1"}, times=2)
    seen = look(ref(registry))
    assert not seen.problems
    assert seen.packages == ["musl 1.2.5-r0"]


def test_a_lasting_fault_is_told_and_the_rest_is_read(registry: FakeRegistry) -> None:
    registry.faults[blob(TOP)] = Fault(500)
    seen = look(ref(registry))
    assert seen.packages == ["musl 1.2.5-r0"]
    assert [problem.why for problem in seen.problems] == ["answered with status 500 (4 attempts)"]
    assert seen.facts.unread


@pytest.mark.parametrize("ranges", [True, False])
def test_a_cut_connection_is_taken_up_where_it_broke(registry: FakeRegistry, ranges: bool) -> None:
    registry.ranges = ranges
    registry.faults[blob(TOP)] = Fault(cut_after=20_000, times=2)
    seen = look(ref(registry))
    assert not seen.problems
    assert ("github-token", "/srv/settings.env", False) in seen.secrets


def test_a_layer_of_other_content_is_told(registry: FakeRegistry) -> None:
    registry.faults[blob(TOP)] = Fault(body=TOP.replace(b"TOKEN=", b"LIES_="))
    seen = look(ref(registry))
    assert {problem.why.partition(":")[0] for problem in seen.problems} == {"integrity"}


def test_a_layer_longer_than_its_manifest_says_is_cut_off(registry: FakeRegistry) -> None:
    registry.faults[blob(TOP)] = Fault(body=TOP + bytes(100_000))
    (problem,) = look(ref(registry)).problems
    assert "bytes of a layer by its manifest" in problem.why


def test_a_manifest_that_is_not_what_its_digest_says_is_refused(registry: FakeRegistry) -> None:
    wanted = digest(registry.manifest("1"))
    assert look(ref(registry, f"@{wanted}")).packages == ["musl 1.2.5-r0"]
    registry.faults[f"/v2/app/manifests/{wanted}"] = Fault(body=registry.manifest("1") + b" ")
    with pytest.raises(Unavailable, match="not what its digest says"):
        look(ref(registry, f"@{wanted}"))


def test_a_configuration_that_is_not_what_its_digest_says_is_refused(registry: FakeRegistry) -> None:
    registry.faults[blob(IMAGE.configuration)] = Fault(body=IMAGE.configuration + b" ")
    with pytest.raises(UnreadableInput, match="not what its digest says"):
        look(ref(registry))


def test_a_manifest_without_end_is_cut_off(registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registries, "MAX_MANIFEST_BYTES", 1000)
    registry.documents["manifests/1"] = b'{"a": "' + b"x" * 2000 + b'"}'
    with pytest.raises(LimitExceeded):
        look(ref(registry))


def test_an_index_has_an_image_a_platform(registry: FakeRegistry) -> None:
    arm = BuiltImage((tar_of([file("lib/apk/db/installed", "P:arm\nV:1\n\n")]),))
    registry.images["arm"] = arm
    entries = [
        {"digest": digest(registry.manifest("arm")), "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}},
        {"digest": digest(registry.manifest("1")), "platform": {"os": "linux", "architecture": "amd64"}},
        {"digest": "sha256:" + "0" * 64, "platform": {"os": "unknown", "architecture": "unknown"}},
    ]
    registry.documents["manifests/all"] = json.dumps({"manifests": entries}).encode()
    assert look(ref(registry, ":all"), platform="linux/amd64").packages == ["musl 1.2.5-r0"]
    for name in ("linux/arm64", "linux/arm64/v8"):
        assert look(ref(registry, ":all"), platform=name).packages == ["arm 1"]
    with pytest.raises(UnreadableInput, match="there is: linux/arm64/v8, linux/amd64"):
        look(ref(registry, ":all"), platform="linux/s390x")


@pytest.mark.parametrize(
    ("media_type", "said"),
    [
        ("application/vnd.oci.image.layer.v1.tar+gzip+encrypted", "is encrypted"),
        ("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "foreign layer"),
    ],
)
def test_layers_that_cannot_be_read_are_said_to_be_so(registry: FakeRegistry, media_type: str, said: str) -> None:
    manifest = json.loads(registry.manifest("1"))
    manifest["layers"][1]["mediaType"] = media_type
    registry.documents["manifests/1"] = json.dumps(manifest).encode()
    seen = look(ref(registry))
    assert seen.packages == ["musl 1.2.5-r0"]
    (problem,) = seen.problems
    assert said in problem.why
    assert said in seen.facts.unread


def test_a_missing_image_is_one_line(registry: FakeRegistry) -> None:
    with pytest.raises(Unavailable, match="has no such image"):
        look(ref(registry, ":no"))
    with pytest.raises(UnreadableInput, match="image name"):
        look("docker://UPPER/case")


def test_offline_asks_nobody(registry: FakeRegistry) -> None:
    with pytest.raises(RingfenceError, match="offline"):
        look(ref(registry), offline=True)
    assert registry.asked == []


def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *locations: str) -> None:
    """registries.conf of this user: mirrors of a registry that is nowhere."""
    lines = ['[[registry]]\nlocation = "registry.invalid"\n']
    lines += [f'[[registry.mirror]]\nlocation = "{location}"\n' for location in locations]
    (tmp_path / "registries.conf").write_text("\n".join(lines))
    monkeypatch.setenv("CONTAINERS_REGISTRIES_CONF", str(tmp_path / "registries.conf"))


def test_a_mirror_is_asked_before_the_registry(
    registry: FakeRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror(tmp_path, monkeypatch, registry.host)
    assert look("docker://registry.invalid/app:1").packages == ["musl 1.2.5-r0"]


def test_a_mirror_without_the_image_is_passed_over(
    registry: FakeRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(FakeRegistry({})) as empty:
        mirror(tmp_path, monkeypatch, empty.host, registry.host)
        assert look("docker://registry.invalid/app:1").packages == ["musl 1.2.5-r0"]
        assert empty.asked


def test_a_login_for_the_registry_is_not_shown_to_its_mirror(
    registry: FakeRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.auth = "basic"
    code = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    (tmp_path / "auth.json").write_text(json.dumps({"auths": {"registry.invalid": {"auth": code}}}))
    mirror(tmp_path, monkeypatch, registry.host)
    monkeypatch.setattr(registry_session, "ATTEMPTS", 1)
    with pytest.raises(Unavailable):
        look("docker://registry.invalid/app:1")
    assert {said for _, said in registry.asked} == {""}


def test_a_blocked_registry_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "registries.conf").write_text('[[registry]]\nlocation = "registry.invalid"\nblocked = true\n')
    monkeypatch.setenv("CONTAINERS_REGISTRIES_CONF", str(tmp_path / "registries.conf"))
    with pytest.raises(Unavailable, match="blocked"):
        look("docker://registry.invalid/app:1")


def test_a_file_of_registries_that_is_none_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "registries.conf").write_text("[[registry")
    monkeypatch.setenv("CONTAINERS_REGISTRIES_CONF", str(tmp_path / "registries.conf"))
    with pytest.raises(UnreadableInput, match=r"registries\.conf"):
        look("docker://registry.invalid/app:1")


def test_a_slow_body_is_given_up(registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registries, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(registries, "SLOWEST", 1 << 40)
    seen = look(ref(registry))
    assert {problem.why.partition(" less")[0] for problem in seen.problems} == {"sends"}
