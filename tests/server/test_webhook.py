"""The webhook over real TLS: recorded reviews, bad ones, policies and certificates that change, a fake API server."""

import asyncio
import base64
import datetime as dt
import gc
import io
import json
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from admission.attempts import pod, policy
from admission.test_judging import RULES
from ringfence.admission.answering import mutate, validate
from ringfence.formats import admission_review
from ringfence.io import clock
from ringfence.io.cluster_api import ClusterApi
from ringfence.io.https_server import Request
from ringfence.model.knowledge import Known, Maybe
from ringfence.server.certificates import CONFIGURATIONS, Announcer, Keeper, SecretStore
from ringfence.server.events import Events
from ringfence.server.webhook import NamespaceLabels
from ringfence.trust.serving_certificates import OVERLAP, Certificates
from server.webhooks import NO_HOST, World, running, service
from worlds import fake_api_server
from worlds.fake_api_server import FakeApiServer
from worlds.served import certificates

ON_HOST = pod({"hostNetwork": True})


def asked(value: object, **request: object) -> dict[str, Any]:
    members = {
        "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
        "operation": "CREATE",
        "namespace": "shop",
        "name": "web",
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "userInfo": {"username": "ann", "groups": ["system:authenticated"]},
        "object": value,
        **request,
    }
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": members}


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "a.yaml").write_text(NO_HOST)
    return folder


def lines(world: World) -> list[dict[str, Any]]:
    return [json.loads(line) for line in world.log.getvalue().splitlines()]


def test_a_pod_is_refused_with_the_reason_and_logged(tmp_path: Path, policies: Path) -> None:
    with running(tmp_path, (str(policies),)) as world:
        answer = world.served.review("/validate", asked(ON_HOST))
        assert answer["uid"] == "705ab4f5-6393-11e8-b7cc-42010a800002"
        assert not answer["allowed"]
        assert answer["status"]["code"] == 403
        assert answer["status"]["message"] == "policy no-host: [hostNetwork] pod must not set hostNetwork=true"
        assert world.served.review("/validate", asked(pod()))["allowed"]
        refused, allowed = lines(world)
        assert (refused["user"], refused["namespace"], refused["allowed"]) == ("ann", "shop", False)
        assert refused["policies"] == [{"name": "no-host", "mode": "enforce", "broken": ["hostNetwork"]}]
        assert allowed["allowed"]
        metrics = world.served.ask("GET", "/metrics")[1].decode()
        assert 'ringfence_admission_reviews_total{result="refused",webhook="validate"} 1.0' in metrics
        assert "ringfence_admission_policies 1.0" in metrics


def test_defaults_come_as_a_json_patch(tmp_path: Path) -> None:
    with running(tmp_path, ("builtin:restricted-with-defaults",)) as world:
        answer = world.served.review("/mutate", asked(pod()))
        assert answer["patchType"] == "JSONPatch"
        patch = json.loads(base64.b64decode(answer["patch"]))
        assert {"op": "add", "path": "/spec/securityContext", "value": {"runAsNonRoot": True}} in patch


def test_the_webhook_says_what_the_library_says(tmp_path: Path) -> None:
    """Every case of the rules, as reviews over TLS, against the pure functions."""
    for name in ("hostPorts", "seLinux", "runAsUser", "allowedHostPaths"):
        value, bad, good = RULES[name]
        found = policy("p", pods={name: value})
        text = json.dumps({"spec": {"pods": {name: value}}, **json.loads(json.dumps(HEAD))})
        (tmp_path / "p.yaml").write_text(text)
        with running(tmp_path, (str(tmp_path / "p.yaml"),)) as world:
            for case in (bad, good):
                review = admission_review.parse(json.dumps(asked(case)).encode())
                expected = json.loads(admission_review.write(validate(review, (found,), clock.today()).answer))
                assert world.served.review("/validate", asked(case)) == expected["response"]
                expected = json.loads(admission_review.write(mutate(review, (found,), clock.today()).answer))
                assert world.served.review("/mutate", asked(case)) == expected["response"]


HEAD = {"apiVersion": "ringfence.io/v1alpha1", "kind": "AdmissionPolicy", "metadata": {"name": "p"}}


def deep(levels: int) -> bytes:
    inner = "[" * levels + "]" * levels
    return json.dumps(asked(None)).replace("null", f'{{"apiVersion":"v1","kind":"Pod","spec":{inner}}}').encode()


BAD: dict[str, tuple[bytes, int, str]] = {
    "empty": (b"", 400, "not a valid AdmissionReview"),
    "no JSON": (b"\x00\xff{", 400, "not a valid AdmissionReview"),
    "no review": (b"{}", 400, "it has no request"),
    "a list": (b"[]", 400, "it has no request"),
    "another version": (json.dumps({**asked({}), "apiVersion": "admission.k8s.io/v1beta1"}).encode(), 400, "v1"),
    "no uid": (json.dumps({**asked({}), "request": {}}).encode(), 400, "uid"),
    "a key twice": (json.dumps(asked(ON_HOST)).replace('"kind"', '"kind": "x", "kind"', 1).encode(), 400, "twice"),
    "the field twice": (
        json.dumps(asked(ON_HOST)).replace('"hostNetwork": true', '"hostNetwork": true, "hostNetwork": false').encode(),
        400,
        "twice",
    ),
    "deep": (deep(150), 413, "depth"),
    "deeper": (deep(100_000), 400, "not a valid AdmissionReview"),
    "a number of many digits": (json.dumps(asked(ON_HOST)).replace("true", "1" * 5000).encode(), 400, "digits"),
    "not a number": (json.dumps(asked(ON_HOST)).replace("true", "NaN").encode(), 400, "NaN"),
    "a list for a mapping": (json.dumps(asked([1, 2])).encode(), 400, "object"),
    "text for containers": (json.dumps(asked(pod({"containers": "none"}))).encode(), 400, "is not a list"),
    "too large": (json.dumps(asked(pod({"x": "a" * 9_000_000}))).encode(), 413, "a body may have"),
}


def test_bad_reviews_are_one_line_and_the_webhook_stays(tmp_path: Path, policies: Path) -> None:
    with running(tmp_path, (str(policies),)) as world:
        for name, (sent, status, said) in BAD.items():
            got, body = world.served.ask("POST", "/validate", sent)
            assert got == status, (name, got, body)
            assert said in body.decode(), (name, body)
            assert body.count(b"\n") == 1
        assert world.served.ask("POST", "/validate", json.dumps(asked(pod())).encode(), "text/plain")[0] == 415
        assert world.served.ask("GET", "/validate")[0] == 405
        assert world.served.ask("GET", "/etc/passwd")[0] == 404
        assert not world.served.review("/validate", asked(ON_HOST))["allowed"]


def test_a_huge_review_is_judged(tmp_path: Path, policies: Path) -> None:
    variables = [{"name": f"V{index}", "value": "x" * 1000} for index in range(2500)]
    big = pod({"hostNetwork": True}, {"env": variables})
    with running(tmp_path, (str(policies),)) as world:
        assert not world.served.review("/validate", asked(big))["allowed"]


def test_what_is_no_pod_passes(tmp_path: Path, policies: Path) -> None:
    with running(tmp_path, (str(policies),)) as world:
        for request in (
            {"operation": "DELETE", "object": None, "oldObject": ON_HOST},
            {"subResource": "status"},
            {"operation": "UPDATE", "oldObject": ON_HOST},
            {"object": {"apiVersion": "v1", "kind": "ConfigMap"}, "resource": {"resource": "configmaps"}},
        ):
            assert world.served.review("/validate", asked(ON_HOST, **request) | {})["allowed"], request
        attached = {**ON_HOST, "spec": {**ON_HOST["spec"], "ephemeralContainers": [{"name": "d", "image": "d"}]}}
        request = {"operation": "UPDATE", "oldObject": ON_HOST, "subResource": "ephemeralcontainers"}
        assert not world.served.review("/validate", asked(attached, **request))["allowed"]


def test_policies_are_read_again_and_broken_ones_leave_the_old(tmp_path: Path, policies: Path) -> None:
    with running(tmp_path, (str(policies),)) as world:
        assert not world.served.review("/validate", asked(ON_HOST))["allowed"]
        (policies / "a.yaml").write_text(NO_HOST.replace("hostNetwork", "hostNetwrk"))
        world.served.loop.call_soon_threadsafe(world.webhook.look_at_policies)
        assert not world.served.review("/validate", asked(ON_HOST))["allowed"]
        assert "ringfence_admission_policies_broken 1.0" in world.served.ask("GET", "/metrics")[1].decode()
        (broken,) = [line for line in lines(world) if line["event"] == "policies-broken"]
        assert "hostNetwrk is no field" in broken["message"]
        assert "stay in force" in broken["message"]
        (policies / "a.yaml").write_text(NO_HOST.replace("hostNetwork", "hostPID"))
        world.served.loop.call_soon_threadsafe(world.webhook.look_at_policies)
        assert world.served.review("/validate", asked(ON_HOST))["allowed"], "the cache does not answer for other policies"
        assert "ringfence_admission_policies_broken 0.0" in world.served.ask("GET", "/metrics")[1].decode()


def test_the_same_question_is_answered_from_the_cache(tmp_path: Path, policies: Path) -> None:
    with running(tmp_path, (str(policies),)) as world:
        first = world.served.review("/validate", asked(ON_HOST))
        named = {**ON_HOST, "metadata": {"name": "other", "uid": "7"}}
        again = world.served.review("/validate", asked(named, uid="2", name="other"))
        assert again == {**first, "uid": "2"}
        assert [line["cached"] for line in lines(world)] == [False, True]
        labelled = {**ON_HOST, "metadata": {"labels": {"a": "b"}}}
        for other in (
            asked(ON_HOST, userInfo={"username": "bob"}),
            asked(ON_HOST, namespace="web"),
            asked(labelled),
            asked(pod()),
            asked(ON_HOST, operation="UPDATE", oldObject=pod()),
        ):
            world.served.review("/validate", other)
        assert not any(line["cached"] for line in lines(world)[2:])


def test_a_name_that_an_exception_names_is_part_of_the_question(tmp_path: Path, policies: Path) -> None:
    exception = "  exceptions: [{reason: agreed, names: [agent]}]\n"
    (policies / "a.yaml").write_text(NO_HOST.replace("spec: {pods", "spec:\n  pods").replace("}}\n", "}\n") + exception)
    with running(tmp_path, (str(policies),)) as world:
        assert not world.served.review("/validate", asked(ON_HOST))["allowed"]
        assert world.served.review("/validate", asked(ON_HOST, name="agent"))["allowed"]


def test_namespaces_that_are_exempt(tmp_path: Path, policies: Path) -> None:
    with running(tmp_path, (str(policies),), exempt=frozenset({"ringfence"})) as world:
        assert world.served.review("/validate", asked(ON_HOST, namespace="ringfence"))["allowed"]
        assert not world.served.review("/validate", asked(ON_HOST))["allowed"]


def test_who_does_not_answer_in_time_refuses(tmp_path: Path, policies: Path) -> None:
    (policies / "a.yaml").write_text(
        NO_HOST.replace("{pods: {hostNetwork", "{match: {namespaceSelector: {matchLabels: {a: b}}}, pods: {hostPID")
    )

    def labels(namespace: str) -> Maybe[dict[str, str]]:
        if namespace == "slow":
            time.sleep(0.6)
        return Known({"a": "b" if namespace == "shop" else "c"})

    with running(tmp_path, (str(policies),), labels=labels, wait=0.2) as world:
        pid = pod({"hostPID": True})
        assert not world.served.review("/validate", asked(pid))["allowed"]
        assert world.served.review("/validate", asked(pid, namespace="web"))["allowed"]
        late = world.served.review("/validate", asked(pid, namespace="slow"))
        assert (late["allowed"], late["status"]["code"]) == (False, 504)
        assert world.served.review("/mutate", asked(pid, namespace="slow"))["allowed"]


@pytest.fixture
def api(tmp_path: Path) -> Iterator[FakeApiServer]:
    with fake_api_server.running(tmp_path, certificates()) as found:
        yield found


def client(api: FakeApiServer) -> ClusterApi:
    return ClusterApi(api.url, api.authority, api.token)


def configurations(api: FakeApiServer) -> list[str]:
    """The bundle of each webhook in the fake API server."""
    return [
        base64.b64decode(hook["clientConfig"].get("caBundle", "")).decode()
        for path, value in api.objects.items()
        if path.startswith(CONFIGURATIONS)
        for hook in value["webhooks"]
    ]


def test_certificates_lie_in_a_secret_and_the_api_server_is_told(tmp_path: Path, policies: Path, api: FakeApiServer) -> None:
    for kind in ("validatingwebhookconfigurations", "mutatingwebhookconfigurations"):
        hooks = [{"name": f"{name}.ringfence.io", "clientConfig": {}} for name in ("pods", "workloads")]
        api.put(f"{CONFIGURATIONS}/{kind}/ringfence-admission", {"webhooks": hooks})
    found = client(api)
    store = SecretStore(found, "ringfence", "certificates")
    keeper = Keeper(store, ("localhost", "hook.ringfence.svc"), Announcer(found, "ringfence-admission"))
    with running(tmp_path, (str(policies),), keeper) as world:
        bundle = world.served.bundle.decode()
        assert configurations(api) == [bundle] * 4
        assert not world.served.review("/validate", asked(ON_HOST))["allowed"]
        second = Keeper(store, keeper.names).tick(clock.moment())
        assert second.bundle.decode() == bundle, "another replica serves by the same authority"
        later = clock.moment() + dt.timedelta(days=2500)
        world.served.do(world.webhook.look_at_certificates(later))
        both = configurations(api)[0]
        assert both.startswith(bundle)
        assert both.count("BEGIN CERTIFICATE") == 2, "old and new, while rotating"
        before = world.webhook.served
        world.served.do(world.webhook.look_at_certificates(later + OVERLAP))
        assert world.webhook.served != before
        assert configurations(api)[0] == both, "the new certificate is verified by a bundle that is there already"
        assert any(line["event"] == "certificate-renewed" for line in lines(world))
        world.served.do(world.webhook.look_at_certificates(later + 2 * OVERLAP))
        assert configurations(api)[0].count("BEGIN CERTIFICATE") == 1
        api.broken = 500
        world.served.do(world.webhook.look_at_certificates(later + dt.timedelta(days=80)))
        assert "broken on purpose" in lines(world)[-1]["message"]
    found.close()


def test_two_replicas_that_begin_at_once_agree(api: FakeApiServer) -> None:
    found = client(api)
    store = SecretStore(found, "ringfence", "certificates")
    keeper = Keeper(store, ("localhost",))

    class Late(SecretStore):
        """A replica that looked before the other wrote."""

        def load(self) -> tuple[Certificates, str]:
            held = super().load()
            if not held[1]:
                keeper.tick(clock.moment())
            return held

    late = Keeper(Late(found, "ringfence", "certificates"), ("localhost",)).tick(clock.moment())
    assert late == store.load()[0]
    found.close()


def test_labels_of_namespaces_are_asked_for_once(api: FakeApiServer) -> None:
    api.put("/api/v1/namespaces/shop", {"metadata": {"labels": {"a": "b"}}})
    moment = [0.0]
    found = client(api)
    labels = NamespaceLabels(found, lambda: moment[0])
    assert labels("shop") == labels("shop") == Known({"a": "b"})
    assert len(api.asked) == 1
    moment[0] = 60.0
    api.broken = 503
    assert not isinstance(labels("shop"), Known)
    found.close()


def test_refusals_become_events_once_in_a_while(tmp_path: Path, policies: Path, api: FakeApiServer) -> None:
    audited = NO_HOST.replace("no-host", "audited").replace("{pods: {hostNetwork", "{mode: audit, pods: {hostPID")
    (policies / "b.yaml").write_text(audited)
    found, moment = client(api), [0.0]
    with running(tmp_path, (str(policies),)) as world:
        events = Events(found, world.webhook.service.log.note, lambda: moment[0])
        world.webhook.service.events = events
        task = asyncio.run_coroutine_threadsafe(events.run(), world.served.loop)

        def told(count: int) -> list[dict[str, Any]]:
            for _ in range(200):
                made = [value for path, value in api.objects.items() if "/events/" in path]
                if len(made) >= count:
                    break
                time.sleep(0.02)
            return made

        for uid in ("1", "2", "3"):
            world.served.review("/validate", asked(ON_HOST, uid=uid))
        world.served.review("/validate", asked(ON_HOST, dryRun=True, namespace="dry"))
        world.served.review("/validate", asked(pod({"hostPID": True}), namespace="web"))
        made = told(2)
        assert [item["reason"] for item in made] == ["PodRefused", "PolicyViolated"]
        assert made[0]["message"].startswith("ann: policy no-host: [hostNetwork]")
        assert made[0]["involvedObject"] == {"apiVersion": "v1", "kind": "Pod", "namespace": "shop", "name": "web"}
        moment[0] = 301.0
        world.served.review("/validate", asked(ON_HOST, uid="4"))
        assert len(told(3)) == 3
        api.broken, moment[0] = 403, 700.0
        world.served.review("/validate", asked(ON_HOST, uid="5"))
        for _ in range(200):
            if any(line["event"] == "event-not-sent" for line in lines(world)):
                break
            time.sleep(0.02)
        assert any(line["event"] == "event-not-sent" for line in lines(world))
        task.cancel()
    found.close()


def test_a_long_run_keeps_no_more_memory(policies: Path) -> None:
    """Distinct reviews, more than the cache keeps: what is held at the end is what was held in the middle."""
    log = io.StringIO()
    found = service((str(policies),), log)
    found.cache.kept = 200
    found.log.which = "none"

    def some(first: int) -> None:
        for index in range(first, first + 600):
            value = pod({"hostNetwork": index % 2 == 0}, {"image": f"registry.example/app:{index}"})
            found.handle(Request("POST", "/validate", "application/json", json.dumps(asked(value)).encode()))

    some(0)
    gc.collect()
    tracemalloc.start()
    some(600)
    gc.collect()
    middle = tracemalloc.get_traced_memory()[0]
    some(1200)
    gc.collect()
    end = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert end - middle < 100_000
    assert len(found.cache) == 200
