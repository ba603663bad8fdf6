"""Label selectors: which objects of Kubernetes are meant by their labels.

Source: Kubernetes API reference, `meta/v1` LabelSelector: all of `matchLabels` and of `matchExpressions` must hold; an empty
selector means everything.
"""

from ringfence.formats.document_tree import Cursor
from ringfence.model.fact import Fact


class Requirement(Fact):
    """One of `matchExpressions`. `operator` is In, NotIn, Exists or DoesNotExist."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def holds(self, labels: dict[str, str]) -> bool:
        """Whether labels meet it. An operator that there is none of is met by nothing."""
        match self.operator:
            case "In":
                return labels.get(self.key) in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "Exists":
                return self.key in labels
            case "DoesNotExist":
                return self.key not in labels
            case _:
                return False


class Selector(Fact):
    """A selector. `rendered` is false where a template hides a part of it: then it is not told whom it means."""

    labels: dict[str, str] = {}
    requirements: tuple[Requirement, ...] = ()
    rendered: bool = True

    def means(self, labels: dict[str, str]) -> bool:
        """Whether an object with these labels is meant."""
        return self.labels.items() <= labels.items() and all(item.holds(labels) for item in self.requirements)


def selector(here: Cursor) -> Selector:
    """The selector at `here`."""
    labels, expressions = here.get("matchLabels"), here.get("matchExpressions")
    if here.templated or labels.templated or expressions.templated:
        return Selector(rendered=False)
    return Selector(
        labels={key: value.text() for key, value in labels.entries()},
        requirements=tuple(
            Requirement(key=item.get("key").text(), operator=item.get("operator").text(), values=item.get("values").texts())
            for item in expressions.items()
        ),
    )
