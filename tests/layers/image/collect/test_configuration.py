"""The configuration: environment, labels, words of the command and history, each with its own place."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.image.built_image import AWS_SECRET, GITHUB_TOKEN, STRIPE_KEY
from ringfence.formats import oci_image
from ringfence.knowledge import secret_rules
from ringfence.layers.image.collect.reading import configuration
from ringfence.layers.image.collect.reading.configuration import Searched
from ringfence.layers.image.facts import Facts, Layer

LAYERS = ("sha256:" + "1" * 64, "sha256:" + "2" * 64)
PASSWORD = "hunter2-" + "Xq9"


def searched(**document: object) -> Searched:
    data = json.dumps({"rootfs": {"diff_ids": LAYERS}, **document}).encode()
    return configuration.searched(oci_image.parse_configuration(data), LAYERS, secret_rules.scanner())


def places(found: Searched) -> set[tuple[str, str, str]]:
    return {(hit.rule, hit.place, hit.at.field) for hit in found.secrets}


def test_everything_the_configuration_says_is_searched() -> None:
    found = searched(
        config={
            "Env": ["PATH=/bin", f"DB_PASSWORD={PASSWORD}", "PASSWORD_FILE=/run/secrets/x"],
            "Labels": {"deploy": f"aws_secret_access_key={AWS_SECRET}"},
            "Entrypoint": ["/app", f"--token={GITHUB_TOKEN}"],
            "Cmd": [STRIPE_KEY],
        }
    )
    assert places(found) == {
        ("assigned-secret", "environment", "config.Env[1] DB_PASSWORD"),
        ("aws-secret-access-key", "label", "config.Labels[deploy]"),
        ("github-token", "command", "config.Entrypoint[1]"),
        ("stripe-key", "command", "config.Cmd[0]"),
    }


def test_history_lines_are_struck_and_know_their_layer() -> None:
    found = searched(
        history=[
            {"created_by": "ADD file in /"},
            {"created_by": f"ENV DB_PASSWORD={PASSWORD}", "empty_layer": True},
            {"created_by": f"|1 TOKEN={GITHUB_TOKEN} /bin/sh -c make"},
        ]
    )
    assert places(found) == {
        ("assigned-secret", "history", "history[1].created_by"),
        ("github-token", "history", "history[2].created_by"),
    }
    assert [step.layer for step in found.steps] == [0, None, 1]
    assert [step.text for step in found.steps] == [
        "ADD file in /",
        "ENV DB_PASSWORD=***",
        "|1 TOKEN=*** /bin/sh -c make",
    ]
    in_layer = next(hit for hit in found.secrets if hit.rule == "github-token")
    assert (in_layer.at.layer_index, in_layer.at.layer_digest) == (1, LAYERS[1])


def test_a_secret_of_the_environment_is_not_told_again_of_the_line_that_set_it() -> None:
    line = f"ENV STRIPE={STRIPE_KEY}"
    found = searched(config={"Env": [f"STRIPE={STRIPE_KEY}"]}, history=[{"created_by": line, "empty_layer": True}])
    assert places(found) == {("stripe-key", "environment", "config.Env[0] STRIPE")}
    assert found.steps[0].text == "ENV STRIPE=***"


@pytest.mark.parametrize(
    "entry",
    [
        "PASSWORD=",
        "PASSWORD=changeme",
        "PASSWORD=${DB}",
        "API_KEY_FILE=/run/x",
        "TOKEN_URL=https://x/y",
        "SECRET=12345",
        "EDITOR=vim",
    ],
)
def test_what_is_no_secret_is_not_taken_for_one(entry: str) -> None:
    assert searched(config={"Env": [entry]}).secrets == ()


@given(
    env=st.lists(st.text(max_size=40), max_size=3),
    labels=st.dictionaries(st.text(max_size=10), st.text(max_size=40), max_size=3),
    lines=st.lists(st.text(max_size=60), max_size=4),
    secret=st.sampled_from([GITHUB_TOKEN, STRIPE_KEY, AWS_SECRET]),
)
def test_any_configuration_is_searched_and_keeps_no_secret(
    env: list[str], labels: dict[str, str], lines: list[str], secret: str
) -> None:
    found = searched(
        config={"Env": [*env, f"AWS_SECRET_ACCESS_KEY={secret}"], "Labels": labels},
        history=[{"created_by": line} for line in (*lines, f"ENV AWS_SECRET_ACCESS_KEY={secret} X=y")],
    )
    assert any(hit.place == "environment" for hit in found.secrets)
    assert secret not in repr(found)


@pytest.mark.parametrize(
    ("lines", "base"),
    [
        (["ADD rootfs /", '-CMD ["bash"]', "RUN apt-get install", '-ENTRYPOINT ["app"]'], 1),
        (["ADD rootfs /", '-/bin/sh -c #(nop)  CMD ["sh"]', "COPY a", '-CMD ["x"]', "COPY b", '-CMD ["y"]'], 2),
        (["ADD rootfs /", '-CMD ["bash"]'], None),
        (["ADD rootfs /", "COPY a"], None),
        (['-CMD ["x"]', "COPY a"], None),
        ([], None),
    ],
)
def test_the_base_ends_where_an_image_was_finished(lines: list[str], base: int | None) -> None:
    """A line that begins with `-` made no layer."""
    history = [{"created_by": line.lstrip("-"), "empty_layer": line.startswith("-")} for line in lines]
    document = json.dumps({"history": history}).encode()
    assert configuration.base_layers(oci_image.parse_configuration(document)) == base


def test_commands_are_told_without_what_builders_write_around_them() -> None:
    lines = {
        "RUN /bin/sh -c apt-get update # buildkit": "apt-get update",
        "RUN |2 A=1 B=two /bin/sh -c make # buildkit": "make",
        "/bin/sh -c #(nop) ADD file:0 in / ": "ADD file:0 in /",
        "/bin/sh -c echo x": "echo x",
        "COPY a b # buildkit": "COPY a b",
    }
    layers = tuple(Layer(index=index, digest="", diff_id="", created_by=line) for index, line in enumerate(lines))
    steps = Facts(reference="x", digest="", collected_on="2026-01-01", layers=layers).steps
    assert [step for _, step in steps] == list(lines.values())
