"""An audit's fixes: changes that close attack paths, with the findings that go away with them, each counted once."""

from pathlib import Path

from graph.attack.small_clusters import graph_of, pod
from ringfence.engine.attack import Asked, attacks, told
from ringfence.graph.attack.answer import answer
from ringfence.graph.attack.fixes import START_POINTS, cutting, path_risk
from ringfence.graph.efforts import effort_of
from ringfence.model.finding import Finding, FindingKind, Severity, Storey
from ringfence.model.node import NodeKind
from ringfence.model.workload import WorkloadId

PRIVILEGED = pod("agent", security={"privileged": True})


def finding(identity: WorkloadId, rule: str, name: str) -> Finding:
    return Finding(
        id=name,
        rule=rule,
        kind=FindingKind.MISCONFIGURATION,
        layer=Storey.KUBERNETES,
        severity=Severity.HIGH,
        title=rule,
        workload=identity,
    )


def test_a_change_that_closes_a_path_takes_its_finding_with_it(tmp_path: Path) -> None:
    graph = graph_of([PRIVILEGED, pod("web")], tmp_path)
    agent = next(node.what.identity for node in graph.kind(NodeKind.WORKLOAD) if node.what and "agent" in node.label)
    found = (finding(agent, "privileged-container", "a"), finding(agent, "image-tag-mutable", "b"))
    _, answered = told(graph, found, Asked())
    (fix,) = cutting(answered, found)
    assert fix.change.startswith("Make shop/Pod/agent/agent unprivileged")
    assert fix.removes == ("a",)
    assert fix.risk_removed == START_POINTS + 12.0
    assert path_risk(answered) == START_POINTS * answered.starts_open


def test_what_several_changes_close_together_is_shared(tmp_path: Path) -> None:
    two = pod("logs", mounts={"/etc": "", "/root": ""}, security={"runAsUser": 0})
    graph = graph_of([two], tmp_path)
    found = attacks(graph, (), Asked())
    hours = {"remove-mount": 1.0, "read-only-mount": 1.0, "ordinary-user": 50, "user-namespace": 50, "separate-kernel": 50}
    answered = answer(found.whole, found.net, len(found.ends), effort_of(hours))
    fixes = cutting(answered, ())
    assert len(fixes) == 2
    assert sum(fix.risk_removed for fix in fixes) == path_risk(answered)
