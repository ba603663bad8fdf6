import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import WrongUsage
from ringfence.record.profiles.apparmor import word
from ringfence.record.profiles.kubernetes_fields import FIELDS_SINCE, Kind, fields, version

CONTAINER = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True)


def annotated(prefix: str, value: str) -> dict[str, object]:
    return {"metadata": {"annotations": {f"container.{prefix}.kubernetes.io/c": value}}}


def local(field: str, name: str) -> dict[str, object]:
    return {field: {"type": "Localhost", "localhostProfile": name}}


@pytest.mark.parametrize(
    ("kind", "cluster", "expected"),
    [
        (Kind.APPARMOR, (1, 29), annotated("apparmor.security.beta", "localhost/web")),
        (Kind.APPARMOR, (1, 30), local("appArmorProfile", "web")),
        (Kind.SECCOMP, (1, 18), annotated("seccomp.security.alpha", "localhost/web.json")),
        (Kind.SECCOMP, (1, 19), local("seccompProfile", "web.json")),
        (Kind.SELINUX, (1, 18), {"seLinuxOptions": {"type": "web.process"}}),
        (Kind.SELINUX, (1, 34), {"seLinuxOptions": {"type": "web.process"}}),
    ],
)
def test_a_profile_is_named_as_the_version_reads_it(
    kind: Kind, cluster: tuple[int, int], expected: dict[str, object]
) -> None:
    made = yaml.safe_load(fields(kind, "web", cluster, "c"))
    if "metadata" in expected:
        assert made == expected
        with pytest.raises(WrongUsage, match="by container"):
            fields(kind, "web", cluster)
    else:
        assert made == {"spec": {"containers": [{"name": "c", "securityContext": expected}]}}
        assert yaml.safe_load(fields(kind, "web", cluster)) == {"spec": {"securityContext": expected}}


@given(
    st.sampled_from(Kind),
    st.integers(0, 60),
    st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1),
    CONTAINER,
)
def test_the_name_is_the_profiles_own_and_annotation_or_field_is_there_never_both(
    kind: Kind, minor: int, name: str, container: str
) -> None:
    made = yaml.safe_load(fields(kind, name, (1, minor), container))
    assert set(made) == {"spec" if (1, minor) >= FIELDS_SINCE[kind] else "metadata"}
    if kind is Kind.APPARMOR and "spec" in made:
        assert made["spec"]["containers"][0]["securityContext"]["appArmorProfile"]["localhostProfile"] == word(name)


@pytest.mark.parametrize("text", ["1.29", "v1.29.4", "v1.29.4-gke.1", "1.29+"])
def test_versions_as_clusters_say_them(text: str) -> None:
    assert version(text) == (1, 29)


@pytest.mark.parametrize("text", ["", "1", "2.0", "1.x", "29", "1.29x", "1.9999"])
def test_what_is_no_version(text: str) -> None:
    with pytest.raises(WrongUsage, match="is no version of Kubernetes"):
        version(text)
