"""Dockerfiles as written, and what they make: every form of the reference, and any bytes raise only our own errors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import build_recipe, dockerfile
from ringfence.formats.dockerfile import assignments, expanded, parse
from ringfence.model.knowledge import Known, Unknown

WHOLE = rb"""# syntax=docker/dockerfile:1
# escape=\
ARG VERSION=3.12
from --platform=$BUILDPLATFORM python:${VERSION}-slim@sha256:00 AS Build
ARG TOKEN
ARG VERSION
ENV A="b c" D=$A \
    # a comment in between

    E='$A' F=g\ h
ENV OLD form of it
RUN --mount=type=cache,target=/root/.cache --network=none pip install x \
 && echo done
RUN <<EOF
set -e
apt-get update
EOF
COPY <<-"one" /etc/one
	text $A
	one
COPY --from=0 ["/a b", "/c"]
ONBUILD RUN touch /x
FROM build
USER 10:20
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN curl https://a.example.com | tar x
WORKDIR /app
EXPOSE 80 443/tcp
COPY . .
ADD --checksum=sha256:aa https://a.example.com/y.tar /y
HEALTHCHECK --interval=5s CMD true
CMD python app.py
ENTRYPOINT ["/bin/a", "b"]
"""


def test_every_form() -> None:
    file = parse(WHOLE)
    assert file.directives == (("syntax", "docker/dockerfile:1"), ("escape", "\\"))
    assert [(stage.base, stage.name) for stage in file.stages] == [
        ("python:${VERSION}-slim@sha256:00", "build"),
        ("build", ""),
    ]
    token, _, env, old, run, script, file_copy, copy, trigger = file.stages[0].instructions
    assert assignments(token) == (("TOKEN", None),)
    assert [name for name, _ in assignments(env)] == ["A", "D", "E", "F"]
    assert assignments(old) == (("OLD", "form of it"),)
    assert (run.flag("mount"), run.flag("network")) == ("type=cache,target=/root/.cache", "none")
    assert (env.line, env.end, run.line, run.end) == (7, 10, 12, 13)
    assert script.heredocs[0].body == "set -e\napt-get update"
    assert (file_copy.heredocs[0].body, file_copy.heredocs[0].literal) == ("text $A", True)
    assert (copy.flag("from"), copy.words) == ("0", ("/a b", "/c"))
    assert (trigger.keyword, trigger.trigger) == ("RUN", True)


def test_what_it_makes() -> None:
    recipe = build_recipe.parse("Dockerfile", WHOLE)
    assert [base.image for base in recipe.bases] == [Known("python:3.12-slim@sha256:00"), Known("build")]
    assert [(base.is_stage, base.final) for base in recipe.bases] == [(False, True), (True, True)]
    install, script, fetch = recipe.steps
    assert [command.words for command in install.commands] == [("pip", "install", "x"), ("echo", "done")]
    assert [command.program for command in script.commands] == ["set", "apt-get"]
    assert (fetch.pipefail, fetch.root, install.pipefail, install.root) == (True, Known(False), False, Known(True))
    assert (recipe.user, recipe.user_at.line, recipe.ports, recipe.copies_context) == (
        Known("10"),
        24,
        ("80", "443/tcp"),
        29,
    )
    assert [(item.kind, item.shell) for item in recipe.commands] == [("CMD", True), ("ENTRYPOINT", False)]
    assert recipe.copies[-1].checksum == "sha256:aa"


def test_a_base_that_only_the_builder_knows() -> None:
    bases = build_recipe.parse("f", b"ARG A=\nARG B\nFROM $A\nFROM $B\nFROM $C\n").bases
    assert all(isinstance(base.image, Unknown) for base in bases)


def test_a_stage_that_is_thrown_away() -> None:
    text = b"FROM a AS x\nRUN 1\nFROM b AS y\nRUN 2\nFROM x\nRUN 3\nCOPY --from=y /a /b\nCOPY --from=2 /a /b\n"
    text += b"COPY --from=c:1 / /\n"
    recipe = build_recipe.parse("f", text)
    assert [step.final for step in recipe.steps] == [True, False, True]
    assert [(copy.source_stage, copy.stage_known) for copy in recipe.copies] == [("y", True), ("2", False), ("c:1", False)]


def test_credentials_are_told_and_never_kept() -> None:
    secret = "ghp_" + "a1B2" * 9
    text = f"""FROM a
ARG TOKEN={secret}
ENV DB_PASSWORD="correct horse"
RUN curl -H "Authorization: Bearer {secret}" https://user:s3cretword@a.example.com/ && tool --password batterystaple
RUN <<EOF
export API_KEY={secret}
EOF
CMD ["serve", "--token={secret}"]
"""
    recipe = build_recipe.parse("f", text.encode())
    lines = sorted({item.at.line for item in recipe.credentials if item.at.line})
    assert lines == [2, 3, 4, 5, 8]
    for word in (secret, "correct horse", "s3cretword", "batterystaple"):
        assert word not in repr(recipe)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("$A", "x"),
        ("${A}y", "xy"),
        ("'$A'", "$A"),
        ('"$A b"', "x b"),
        (r"\$A", "$A"),
        ("${NONE:-d$A}", "dx"),
        ("${EMPTY-d}", ""),
        ("${EMPTY:-d}", "d"),
        ("${A:+set}", "set"),
        ("${NONE:+set}", ""),
        ("$NONE", ""),
        ("a'b", "a'b"),
    ],
)
def test_variables_are_replaced(text: str, answer: str) -> None:
    assert expanded(text, {"A": Known("x"), "EMPTY": Known("")}) == Known(answer)


@pytest.mark.parametrize("text", ["$U", "${A#x}", "a${U:-b}"])
def test_what_cannot_be_told(text: str) -> None:
    assert isinstance(expanded(text, {"A": Known("x"), "U": Unknown("not given")}), Unknown)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no FROM"),
        ("RUN x\n", "line 1: RUN stands before"),
        ("FROM a\n\nFETCH x\n", "line 3: 'FETCH' is no instruction"),
        ("FROM a b c\n", "line 1"),
        ("FROM\n", "names no image"),
        ("FROM a\nRUN <<EOF\nx\n", "line 2: the here-document EOF has no end"),
        ("# escape=x\nFROM a\n", "escape"),
    ],
)
def test_what_is_none_is_said_with_its_line(text: str, said: str) -> None:
    with pytest.raises(Malformed, match=said):
        parse(text.encode())


def test_limits_have_names() -> None:
    with pytest.raises(LimitExceeded, match="bytes of a Dockerfile"):
        parse(b"x" * (dockerfile.MAX_BYTES + 1))
    with pytest.raises(LimitExceeded, match="instructions"):
        parse(b"FROM a\n" * (dockerfile.MAX_INSTRUCTIONS + 1))


WORDS = [
    "FROM a",
    "FROM a AS b",
    "RUN ",
    "COPY --from=b . .",
    "ENV A=$B",
    "ARG A",
    "<<EOF",
    "EOF",
    "\\\n",
    "\n",
    "'",
    '"',
    "$(",
    "`",
]
WORDS += [
    "| sh",
    "&&",
    "${A:-${B}}",
    '["a", "b"]',
    "ONBUILD RUN x",
    "USER $A",
    "# c",
    "--mount=type=secret",
    "CMD ",
    "é",
    "\t",
]


@given(st.lists(st.sampled_from(WORDS), max_size=30).map("".join) | st.text(max_size=200))
def test_any_text_is_a_recipe_or_our_own_error(text: str) -> None:
    for data in (text.encode("utf-8", "surrogatepass"), b"FROM a\n" + text.encode("utf-8", "surrogatepass")):
        try:
            build_recipe.parse("f", data)
        except (Malformed, LimitExceeded):
            continue
