"""What-if: words become changes, changes make another stack, and the one that was asked about stays as it is."""

import msgspec
import pytest

from graph.test_impact import ADMIN, DEFAULT, DOCKER, PODMAN, known, stack
from ringfence.engine.impacts import Asked
from ringfence.engine.supposing import Question, answers
from ringfence.errors import RingfenceError, WrongUsage
from ringfence.graph.conditional import profile_digest
from ringfence.graph.suppositions import supposition
from ringfence.knowledge.runtime_defaults import default_filter
from ringfence.knowledge.stack_cves import stack_cves
from ringfence.model.change import Change, ChangeKind
from ringfence.model.finding import VerdictStatus
from ringfence.model.knowledge import Unknown
from ringfence.model.linux import mask_of
from ringfence.model.report import Impact


@pytest.mark.parametrize(
    ("text", "kind", "target", "detail"),
    [
        ("seccomp-off", ChangeKind.SECCOMP_OFF, "*", ""),
        ("drop-capability=sys_admin@shop/web", ChangeKind.DROP_CAPABILITY, "shop/web", "CAP_SYS_ADMIN"),
        ("update=runc=1.3.3@node-1", ChangeKind.UPDATE, "node-1", "runc=1.3.3"),
        ("sysctl=user.max_user_namespaces=0", ChangeKind.SYSCTL, "*", "user.max_user_namespaces=0"),
        ("own-namespace=pid@a/b/c", ChangeKind.OWN_NAMESPACE, "a/b/c", "pid"),
        ("add-capability=net_raw@web", ChangeKind.ADD_CAPABILITY, "web", "CAP_NET_RAW"),
        ("without=CAP_SYS_ADMIN dropped@web", ChangeKind.ADD_CAPABILITY, "web", "CAP_SYS_ADMIN"),
        ("without=seccomp filter config.json", ChangeKind.SECCOMP_OFF, "*", ""),
        ("without=apparmor docker-default", ChangeKind.LSM_OFF, "*", ""),
        ("without=sysctl user.max_user_namespaces=0", ChangeKind.SYSCTL, "*", "user.max_user_namespaces=65536"),
        ("without=pid namespace of its own@web", ChangeKind.SHARE_NAMESPACE, "web", "pid"),
        ("without=user namespace of its own", ChangeKind.NO_USER_NAMESPACE, "*", ""),
        ("without=cgroups of its own", ChangeKind.SHARE_NAMESPACE, "*", "cgroup"),
        ("without=masked path /proc/keys", ChangeKind.UNMASK, "*", "/proc/keys"),
        ("without=container not run as root", ChangeKind.ROOT_USER, "*", ""),
    ],
)
def test_words_become_a_change(text: str, kind: ChangeKind, target: str, detail: str) -> None:
    assert supposition(text) == Change(kind=kind, target=target, detail=detail)


@pytest.mark.parametrize(
    "text",
    [
        "without=luck",
        "upgrade-package=openssl",
        "share-namespace=fish",
        "add-mount",
        "",
        "fly",
        "drop-capability",
        "drop-capability=SYS_FLY",
        "own-namespace=fish",
        "sysctl=a.b",
        "update@node-1",
    ],
)
def test_words_that_mean_nothing_are_refused(text: str) -> None:
    with pytest.raises(RingfenceError):
        supposition(text)


def ask(*changes: str, name: str = "CVE-2022-0185", kernel: str = "5.10.90") -> Impact:
    graph = stack(DEFAULT, DOCKER, ADMIN, kernel=kernel)
    asked = Question(cves=(Asked(known(name)),), changes=tuple(supposition(text) for text in changes))
    (answer,) = answers(graph, asked)
    return answer


def verdicts(answer: Impact) -> dict[str, VerdictStatus]:
    return {item.workload.name: item.verdict.status for item in answer.workloads}


def test_a_control_that_is_taken_away_gives_another_verdict() -> None:
    assert verdicts(ask())["docker"] is VerdictStatus.MITIGATED
    supposed = ask("seccomp-off@docker")
    assert verdicts(supposed)["docker"] is VerdictStatus.REACHABLE
    assert supposed.before is not None
    assert (supposed.before.reachable, supposed.radius.reachable) == (2, 3)
    assert supposed.supposed == ("Take the seccomp profile off docker",)


def test_an_update_is_supposed_on_the_named_host_only() -> None:
    assert set(verdicts(ask("update=linux=5.17@n")).values()) == {VerdictStatus.ABSENT}
    with pytest.raises(WrongUsage, match="nothing here is meant"):
        ask("update=linux=5.17@elsewhere")
    assert set(verdicts(ask("update=linux@n")).values()) == {VerdictStatus.ABSENT}


def test_a_sysctl_is_supposed_of_the_host() -> None:
    assert verdicts(ask("sysctl=user.max_user_namespaces=0"))["default"] is VerdictStatus.MITIGATED


def test_a_verdict_says_what_it_rests_on_and_what_it_would_be_without() -> None:
    answer = ask()
    (rest,) = [item for item in answer.rests_on if item.control.startswith("seccomp filter")]
    assert rest.digest == profile_digest(default_filter("docker", mask_of(PODMAN)))
    assert (rest.verdict, rest.without, rest.workloads) == (VerdictStatus.MITIGATED, VerdictStatus.REACHABLE, 1)


def test_equal_profiles_have_one_digest_whatever_they_are_called() -> None:
    one = default_filter("docker", 0)
    assert profile_digest(one) == profile_digest(msgspec.structs.replace(one, profile="another"))
    assert profile_digest(one) != profile_digest(default_filter("docker", mask_of(("SYS_ADMIN",))))


def test_undecided_names_the_fact_that_would_settle_it() -> None:
    unknown = msgspec.structs.replace(
        DEFAULT, confinement=msgspec.structs.replace(DEFAULT.confinement, syscalls=Unknown("the profile lies on the node"))
    )
    (answer,) = answers(stack(unknown, kernel="5.10.90"), Question(cves=(Asked(known("CVE-2022-0185")),)))
    assert answer.radius.undecided == 1
    assert answer.missing
    assert all(fact.workloads == 1 and "lies on the node" in fact.fact for fact in answer.missing)


def test_a_hole_in_runc_shows_under_every_engine_that_calls_it() -> None:
    (answer,) = answers(stack(DEFAULT, ADMIN, runc="1.0.0-rc6"), Question(cves=(Asked(known("CVE-2019-5736")),)))
    assert [(item.engine, item.nodes, item.workloads, item.reachable) for item in answer.shared] == [("podman", 1, 2, 2)]


NO_NAME = ("no such", "a version without", "no user namespace", "kernel without", "cgroups of its own")
"""How controls begin that are no setting of a container or host: what is not there, what a version lacks."""


@pytest.mark.parametrize("name", [cve.id for cve in stack_cves() if cve.component == "linux"][::6])
def test_whatever_a_verdict_rests_on_can_be_supposed_away(name: str) -> None:
    answer = ask(name=name, kernel="5.10.90")
    for rest in answer.rests_on:
        if rest.control.startswith(NO_NAME):
            continue
        without = ask(f"without={rest.control}", name=name, kernel="5.10.90")
        assert rest.control not in {item.control for item in without.rests_on}
        assert without.radius.reachable >= answer.radius.reachable


def test_what_cannot_be_supposed_says_what_to_do_instead() -> None:
    with pytest.raises(WrongUsage, match="scan the new image"):
        supposition("upgrade-package=openssl@shop")
    with pytest.raises(WrongUsage, match="name it as 'rests on' does"):
        supposition("without=luck")


def test_a_capability_that_is_given_and_taken_again_leaves_a_root_container_as_it_was() -> None:
    assert verdicts(ask("add-capability=SYS_ADMIN@docker", "drop-capability=SYS_ADMIN@docker")) == verdicts(ask())


def test_privileged_opens_what_a_default_container_is_kept_from() -> None:
    before = ask(name="CVE-2022-0492", kernel="6.18.44")
    changes = ("make-privileged@default", "share-namespace=cgroup@default")
    after = ask(*changes, name="CVE-2022-0492", kernel="6.18.44")
    assert (verdicts(before)["default"], verdicts(after)["default"]) == (VerdictStatus.MITIGATED, VerdictStatus.REACHABLE)
