"""Text changed at one place: it says the new thing, everything else it said before, and every other byte is as it was."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import Malformed
from ringfence.formats.yaml_edit import Value, Way, append, put, way

TEXT = """# the shop
apiVersion: v1   # old
kind: Pod
metadata: {name: web, labels: {app: web}}   # names
spec:
  # who runs
  containers:
    - name: web      # the web
      image: "i"
      env: []
      securityContext:
        # nothing yet
    -   image: j
        name: side
        securityContext: &locked
          runAsUser: 0   # root!
  securityContext: ~
  tail: |
    text
# end
"""


@pytest.mark.parametrize(
    ("field", "value", "old", "new"),
    [
        ("kind", "Job", "kind: Pod", 'kind: "Job"'),
        ("spec.hostPID", False, "  tail: |", "  tail: |"),
        ("metadata.labels.tier", "x", "{app: web}", '{app: web, tier: "x"}'),
        ("spec.containers[0].securityContext.privileged", False, "", '{"privileged": false}'),
        ("spec.containers[1].securityContext.runAsUser", 7, "runAsUser: 0   # root!", "runAsUser: 7   # root!"),
        (
            "spec.containers[1].securityContext.capabilities.drop",
            ["ALL"],
            "",
            "          capabilities:\n            drop: [ALL]\n",
        ),
        ("spec.securityContext.runAsNonRoot", True, "securityContext: ~", 'securityContext: {"runAsNonRoot": true}'),
    ],
)
def test_changes(field: str, value: object, old: str, new: str) -> None:
    changed = put(TEXT, way(field), value)  # type: ignore[arg-type]  # values of several kinds
    assert new in changed
    assert changed.replace(new, old) == TEXT or old in ("", "  tail: |")
    for line in TEXT.splitlines():
        comment = line.partition("#")[2]
        assert comment in changed
    here = yaml.safe_load(changed)
    for step in way(field):
        here = here[step]
    assert here == value


def test_ways() -> None:
    assert way('spec.containers[0].x["a.b/c"]') == ("spec", "containers", 0, "x", "a.b/c")
    assert way("") == ()


def test_json_stays_json() -> None:
    text = json.dumps({"spec": {"containers": [{"name": "c"}], "x": {}}}, indent=2)
    changed = put(put(text, way("spec.containers[0].securityContext.privileged"), False), way("spec.x.y"), 1)
    assert json.loads(changed) == {
        "spec": {"containers": [{"name": "c", "securityContext": {"privileged": False}}], "x": {"y": 1}}
    }


def test_windows_line_ends_stay() -> None:
    changed = put("a: 1\r\nb:\r\n  c: 2\r\n", ("b", "d", "e"), True)
    assert changed == "a: 1\r\nb:\r\n  c: 2\r\n  d:\r\n    e: true\r\n"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", ("a",)),
        ("a: [", ("a",)),
        ("a: 1", ("a", "b")),
        ("a: []", ("a", 0)),
        ("- 1", ("a",)),
        ("a: 1\n---\nb: 2", ("a",)),
    ],
)
def test_what_cannot_be_changed(text: str, place: Way) -> None:
    with pytest.raises(Malformed):
        put(text, place, True)


NAMES = st.sampled_from(["a", "b", "c", "on", "x-y", "1", "with space"])
DOCUMENTS = st.dictionaries(
    NAMES,
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.sampled_from(["", "text", "two\nlines\n", "# no comment", "yes"]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
        max_leaves=8,
    ),
    min_size=1,
    max_size=4,
)


VALUES = st.sampled_from([True, 3, "x", ["ALL"], {"k": "v"}])


@given(DOCUMENTS, st.lists(NAMES, min_size=1, max_size=3), VALUES, st.booleans())
def test_only_the_place_changes(document: dict[str, object], place: list[str], value: object, flow: bool) -> None:
    text = yaml.safe_dump(document, default_flow_style=flow, sort_keys=False)
    try:
        changed = put(text, tuple(place), value)  # type: ignore[arg-type]  # values of several kinds
    except Malformed:
        return
    wanted = yaml.safe_load(text)
    here = wanted
    for name in place[:-1]:
        if here.get(name) is None:
            here[name] = {}
        here = here[name]
    here[place[-1]] = value
    assert yaml.safe_load(changed) == wanted
    assert yaml.safe_load(put(changed, tuple(place), value)) == wanted  # type: ignore[arg-type]  # as above


ITEM: dict[str, Value] = {"name": "scratch", "emptyDir": {}, "sub": {"a": 1}}


@pytest.mark.parametrize(
    "text",
    [
        "spec:\n  volumes:\n  - name: a\n    emptyDir: {}   # one\n  other: 1\n",
        "spec:\n  volumes:\n    - name: a\n      tail: |\n        text\n\n  other: 1\n",
        "spec: {volumes: [], other: 1}\n",
        "spec: {volumes: [{name: a}], other: 1}\n",
        'spec: {volumes: [{name: a}, ], other: 1} # "end"',
        "spec:\n  other: 1   # no volumes",
        "spec:\n  volumes:\n  other: 1\n",
        "spec:\r\n  volumes:\r\n  - name: a\r\n  other: 1\r\n",
        "spec:\n  other: 1\n  volumes:\n  - name: a",
        "spec:\n  volumes: &all   # - all\n  - name: a\n  other: 1\n",
    ],
)
def test_an_item_is_added_and_nothing_else_said(text: str) -> None:
    changed = append(text, ("spec", "volumes"), ITEM)
    before, after = yaml.safe_load(text), yaml.safe_load(changed)
    had = before["spec"].pop("volumes", None) or []
    has = after["spec"].pop("volumes")
    assert (before, sorted(map(str, has))) == (after, sorted(map(str, [*had, ITEM])))
    assert all(f"#{line.partition('#')[2]}" in changed for line in text.splitlines() if "#" in line)
    twice = yaml.safe_load(append(changed, ("spec", "volumes"), ITEM))
    assert len(twice["spec"]["volumes"]) == len(had) + 2


def test_an_item_needs_a_list() -> None:
    with pytest.raises(Malformed, match="list"):
        append("spec: {volumes: a}", ("spec", "volumes"), ITEM)
