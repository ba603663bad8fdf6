"""Dockerfiles hardened: what is changed is right, twice is once, comments stay, and the checks are then content."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import Malformed
from ringfence.formats import build_recipe
from ringfence.layers.application.enforce.recipe import harden
from ringfence.layers.application.evaluate import finished_image
from ringfence.model.knowledge import Known

TEXT = """# the shop
FROM golang:1.23 AS build
RUN apt-get update && apt-get install -y make
FROM debian:12
RUN apt-get update \\
 && apt-get install -y \\
    # tools
    curl=7.88 \\
    ca-certificates
RUN apk add curl && pip install flask==3.0.0   # both
RUN ["apt-get", "install", "x"]
RUN <<EOF
apt-get install y
EOF
ADD src /app
ADD rootfs.tar.gz /
EXPOSE 8080
CMD ["/app/run"]
"""


def test_what_is_changed() -> None:
    plan = harden("Dockerfile", TEXT)
    after = plan.applied(TEXT)
    assert "RUN apt-get update && apt-get install -y make\n" in after, "a stage that is thrown away stays as it is"
    assert " && apt-get install --no-install-recommends -y \\\n    # tools\n    curl=7.88 \\\n" in after
    assert "    ca-certificates \\\n    && rm -rf /var/lib/apt/lists/*\n" in after
    assert "RUN apk add --no-cache curl && pip install --no-cache-dir flask==3.0.0   # both\n" in after
    assert (
        'RUN ["apt-get", "install", "x"]\nRUN <<EOF\napt-get install y\nEOF\nCOPY src /app\nADD rootfs.tar.gz /\n' in after
    )
    assert after.endswith('EXPOSE 8080\nUSER 10001\nCMD ["/app/run"]\n')
    assert harden("Dockerfile", after).edits == ()
    assert all(edit.reason for edit in plan.edits)


def test_a_user_goes_where_the_image_starts_or_to_the_end() -> None:
    assert harden("f", "FROM a\nRUN x\n").applied("FROM a\nRUN x\n") == "FROM a\nRUN x\nUSER 10001\n"
    assert harden("f", "FROM a\nRUN x").applied("FROM a\nRUN x") == "FROM a\nRUN x\nUSER 10001"
    kept = "FROM a\nUSER app\nCMD x\n"
    assert harden("f", kept).edits == ()
    assert harden("f", "FROM a:nonroot\n").edits == ()
    with pytest.raises(Malformed):
        harden("f", "RUN x\n")


STEPS = [
    "RUN apt-get update && apt-get install -y a",
    "RUN apk add --no-cache a",
    "RUN apk add a b",
    "ADD a b",
    "ADD a.tgz /",
    "# c",
]
STEPS += [
    "RUN apt install a \\\n  b",
    "RUN pip install a==1",
    "USER root",
    "USER app",
    "CMD a",
    "COPY a b",
    "FROM b",
    "RUN a <<X\nb\nX",
]
STEPS += [
    "RUN --mount=type=cache,target=/var/lib/apt apt-get install -y a",
    "ENTRYPOINT a",
    "",
    "RUN apt-get install -y a # c",
]


@given(st.lists(st.sampled_from(STEPS), max_size=10))
def test_twice_is_once_and_the_checks_are_content(steps: list[str]) -> None:
    text = "\n".join(["FROM a", *steps]) + "\n"
    after = harden("f", text).applied(text)
    assert harden("f", after).edits == (), after
    recipe = build_recipe.parse("f", after.encode())
    assert finished_image.root_at_end(recipe) == Known("")
    assert not any(finished_image.needless_add(copy) for copy in recipe.copies)
    assert all(line in after for line in text.split("\n") if line.startswith("#"))
    for step in recipe.steps:
        behind_comment = "# c" in after.split("\n")[(step.at.line or 1) - 1]
        assert not step.final or behind_comment or finished_image.cache_left(step) is None, after
