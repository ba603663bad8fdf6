"""The cursor: where it stands, what it reads, and that it says so when something else stands there."""

import pytest

from ringfence.errors import Malformed
from ringfence.formats.document_tree import Cursor
from ringfence.formats.yaml_lines import read
from ringfence.model.knowledge import Known, Unknown

TEXT = b"""spec:
  on: yes
  replicas: 3
  name: web
  tpl: "{{ .Values.x }}"
  nothing:
  labels: {a.b/c: d}
  items: [one, {two: 2}]
"""


def top() -> Cursor:
    (tree,) = read(TEXT)
    return Cursor(tree, "f.yaml")


def test_it_knows_its_place() -> None:
    here = top().get("spec", "items").items()[1].get("two")
    assert (here.at.path, here.at.line, here.at.field) == ("f.yaml", 8, "spec.items[1].two")
    assert top().get("spec", "labels", "a.b/c").field == 'spec.labels["a.b/c"]'


def test_what_is_not_there_has_the_line_of_what_is_around_it() -> None:
    here = top().get("spec", "missing", "deeper")
    assert (here.written, here.line, here.text(), here.items(), list(here.entries())) == (False, 1, "", (), [])
    assert here.told() is here.boolean() is here.number() is None
    assert not top().get("spec", "nothing").written


def test_values() -> None:
    spec = top().get("spec")
    assert spec.get("on").boolean() == Known(True)
    assert spec.get("replicas").number() == Known(3)
    assert spec.get("name").told() == Known("web")
    assert isinstance(spec.get("name").boolean(), Unknown)
    assert isinstance(spec.get("on").number(), Unknown)
    for read_as in (Cursor.told, Cursor.boolean, Cursor.number):
        told = read_as(spec.get("tpl"))
        assert isinstance(told, Unknown)
        assert "template" in told.reason


def test_a_wrong_value_is_not_shown() -> None:
    told = top().get("spec", "name").boolean()
    assert isinstance(told, Unknown)
    assert "web" not in told.reason


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda spec: spec.get("name", "x"), "line 4: spec.name is not a mapping"),
        (lambda spec: spec.get("name").items(), "line 4: spec.name is not a list"),
        (lambda spec: list(spec.get("items").entries()), "line 8: spec.items is not a mapping"),
        (lambda spec: spec.get("items").text(), "line 8: spec.items is not a single value"),
        (lambda spec: spec.get("items").texts(), r"line 8: spec.items\[1\] is not a single value"),
    ],
)
def test_another_form_is_an_error_that_names_the_place(ask: object, said: str) -> None:
    assert callable(ask)
    with pytest.raises(Malformed, match=said):
        ask(top().get("spec"))
