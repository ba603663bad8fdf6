"""Pipelines as written, with their lines; any bytes raise only our own errors."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import github_workflow, gitlab_pipeline
from ringfence.formats.pipeline import Pipeline, is_gitlab, is_pipeline
from ringfence.model.knowledge import Known, Unknown

SECRET = "ghp_" + "a1B2" * 9
WORKFLOW = f"""on:
  pull_request_target:
  workflow_call:
    inputs:
      fast: {{type: boolean}}
permissions: {{contents: read}}
env:
  TITLE: ${{{{ github.event.issue.title }}}}
jobs:
  build:
    runs-on: ${{{{ matrix.os }}}}
    strategy: {{matrix: {{os: [ubuntu-24.04, self-hosted]}}}}
    if: github.actor != 'x'
    container: {{image: "golang:1", options: --privileged, volumes: ["/var/run/docker.sock:/s"]}}
    services:
      db: {{image: "${{{{ inputs.db }}}}", env: {{POSTGRES_PASSWORD: hunter22}}}}
    steps:
      - uses: actions/checkout@8f4b7f84864484a7bf31766abe9204da3cbe65b3  # v3.5.0
        with: {{ref: "${{{{ github.head_ref }}}}"}}
      - uses: docker://alpine:3
      - name: one
        run: |
          echo first
          echo "${{{{ github.head_ref }}}}"
          curl -H "Authorization: {SECRET}" https://a.example.com
      - uses: actions/github-script@v7
        with:
          script: |
            x = "${{{{ github.event.comment.body }}}}"
  called:
    uses: o/r/.github/workflows/x.yml@main
    secrets: inherit
""".encode()


def test_a_workflow() -> None:
    found = github_workflow.parse("a.yml", WORKFLOW)
    build, called = found.jobs
    assert found.triggers == Known(("pull_request_target", "workflow_call"))
    assert build.runners == Known(("ubuntu-24.04", "self-hosted"))
    assert build.permissions == Known("listed")
    assert (called.calls, called.all_secrets) == ("o/r/.github/workflows/x.yml@main", True)
    checkout, _, script, code = build.steps
    assert (checkout.action, checkout.version, checkout.given("ref")) == (
        "actions/checkout",
        "3.5.0",
        "${{ github.head_ref }}",
    )
    assert [(item.text, item.at.line) for item in script.expressions] == [("github.head_ref", 24)]
    assert [item.text for item in code.expressions] == ["github.event.comment.body"]
    assert script.environment == (("TITLE", "${{ github.event.issue.title }}"),)
    assert script.typed == ("fast",)
    container, service, action = build.images
    assert (container.image, container.options) == (
        Known("golang:1"),
        "--privileged -v /var/run/docker.sock:/s",
    )
    assert isinstance(service.image, Unknown)
    assert (action.image, action.role) == (Known("alpine:3"), "action")


def test_no_credential_is_kept() -> None:
    found = github_workflow.parse("a.yml", WORKFLOW)
    assert {item.credential.kind for item in found.credentials} == {"GitHub token", "literal value"}
    assert SECRET not in repr(found)
    assert "hunter22" not in repr(found)


def test_an_action_does_not_know_who_starts_it() -> None:
    text = b"inputs: {a: {default: b}}\nruns:\n  steps:\n    - run: echo ${{ inputs.a }}\n      shell: bash\n"
    found = github_workflow.parse("action.yml", text)
    assert found.composite
    assert isinstance(found.jobs[0].steps[0].triggers, Unknown)


def test_a_matrix_that_is_computed_is_not_told() -> None:
    text = b"on: push\njobs:\n  a:\n    runs-on: ${{ matrix.os }}\n    strategy: {matrix: {os: '${{ fromJSON(x) }}'}}\n"
    assert isinstance(github_workflow.parse("a.yml", text).jobs[0].runners, Unknown)


def test_gitlab() -> None:
    text = f"""include:
  - remote: https://a.example.com/x.yml
    integrity: sha256-x
  - project: g/p
    ref: main
    file: /a.yml
  - component: gitlab.com/g/c@1.0
  - /ci/local.yml
default:
  image: ruby:3
variables:
  TOKEN: {SECRET}
.hidden:
  before_script: &before
    - echo hidden
build:
  image: {{name: "$IMAGE"}}
  services: [docker:27-dind]
  script:
    - *before
    - !reference [.hidden, before_script]
    - eval "$CI_COMMIT_MESSAGE"
""".encode()
    found: Pipeline = gitlab_pipeline.parse(".gitlab-ci.yml", text)
    assert [(item.kind, item.reference, item.digest) for item in found.includes] == [
        ("remote", "", True),
        ("project", "main", False),
        ("component", "1.0", False),
        ("local", "", False),
    ]
    jobs = {job.name: job for job in found.jobs}
    assert list(jobs) == ["default", ".hidden", "build"]
    assert isinstance(jobs["build"].images[0].image, Unknown)
    assert jobs["build"].images[1].image == Known("docker:27-dind")
    assert any(step.commands[0].program == "eval" for step in jobs["build"].steps)
    assert [item.credential.kind for item in found.credentials] == ["GitHub token"]


@pytest.mark.parametrize("text", [b"- a\n", b"jobs: [a]\n", b"jobs: {a: [b]}\n", b"jobs: {a: {steps: {b: c}}}\n", b"\xff"])
def test_what_is_no_workflow_is_told(text: bytes) -> None:
    with pytest.raises(Malformed):
        github_workflow.parse("a.yml", text)


def test_which_files() -> None:
    yes = (".github/workflows/a.yml", "x/action.yaml", ".gitlab-ci.yml", "a/b.gitlab-ci.yaml", ".gitlab/ci/x/y.yml")
    assert all(is_pipeline(path) for path in yes)
    assert [is_gitlab(path) for path in yes] == [False, False, True, True, True]
    assert not any(
        is_pipeline(path) for path in ("workflows/a.yml", ".github/a.yml", "reaction.yml", ".github/workflows/x/a.yml")
    )


PIECES = st.sampled_from(
    [
        *(
            "on:",
            "jobs:",
            " a:",
            "  steps:",
            "   - run: |",
            "   - uses: a@b",
            "${{ github.head_ref }}",
            "include:",
            "script:",
        ),
        *("\n", " - ", "{", "}", "[", "]", "&a ", "*a", "!reference ", "services:", "image: ", "env: ", "with: ", "matrix:"),
    ]
)


@given(st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=40).map(lambda parts: "".join(parts).encode())))
def test_any_bytes(data: bytes) -> None:
    for form in (github_workflow, gitlab_pipeline):
        with contextlib.suppress(Malformed, LimitExceeded):
            form.parse("a.yml", data)
