"""What is deployed: keeps our rules and the restricted standard, fits together, asks for no more than it uses."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.test_main import ringfence
from ringfence.admission.deployment import NAME, SECRET, Settings, objects
from ringfence.formats import json_tree, kubernetes_rbac
from ringfence.formats.document_tree import Cursor
from ringfence.layers.kubernetes.evaluate.access import Authorizer, Request, service_account
from ringfence.server.certificates import CONFIGURATIONS, Announcer, SecretStore

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "ringfence-admission"
IMAGE = "registry.example/ringfence@sha256:" + "0" * 64


def printed(tmp_path: Path, *words: str) -> list[dict[str, Any]]:
    done = ringfence("admit", "manifests", "--policy", "builtin:restricted-with-defaults", "--image", IMAGE, *words)
    assert done.returncode == 0, done.stderr
    (tmp_path / "webhook.yaml").write_text(done.stdout)
    return [item for item in yaml.safe_load_all(done.stdout) if item]


def test_it_keeps_the_restricted_standard_and_our_own_checks(tmp_path: Path) -> None:
    printed(tmp_path)
    done = ringfence("k8s", "--pss", "restricted:latest", "webhook.yaml", "--fail-on", "negligible", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    done = ringfence("k8s", "webhook.yaml", "--fail-on", "medium", cwd=tmp_path)
    assert done.returncode in (0, 3), done.stdout
    done = ringfence("admit", "--policy", "builtin:restricted", "--as-is", "webhook.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def of_kind(listed: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    (found,) = [item for item in listed if item["kind"] == kind]
    return found


def test_the_parts_fit_together(tmp_path: Path) -> None:
    made = printed(tmp_path, "--namespace", "gate", "--replicas", "3", "--timeout", "7", "--exempt-namespace", "flux")
    deployment, service = of_kind(made, "Deployment"), of_kind(made, "Service")
    assert deployment["spec"]["replicas"] == 3
    assert service["spec"]["selector"].items() <= deployment["spec"]["template"]["metadata"]["labels"].items()
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert f"{NAME}.gate" in container["args"]
    assert f"secret:gate/{SECRET}" in container["args"]
    assert service["spec"]["ports"][0]["targetPort"] == container["ports"][0]["name"]
    for kind, failures in (("Mutating", ["Ignore"]), ("Validating", ["Fail", "Ignore"])):
        hooks = of_kind(made, f"{kind}WebhookConfiguration")["webhooks"]
        assert [hook["failurePolicy"] for hook in hooks] == failures
        for hook in hooks:
            assert hook["clientConfig"]["service"] == {
                "name": NAME,
                "namespace": "gate",
                "path": "/mutate" if kind == "Mutating" else "/validate",
                "port": 443,
            }
            (outside,) = hook["namespaceSelector"]["matchExpressions"]
            assert (outside["operator"], outside["values"]) == ("NotIn", ["gate", "flux"])
            assert hook["timeoutSeconds"] == 7
            assert not [rule for rule in hook["rules"] if "*" in rule["resources"] or "*" in rule["operations"]]
    policies = of_kind(made, "ConfigMap")["data"]
    assert set(policies) == {"pod-security-restricted.yaml"}


def cursor(value: object) -> Cursor:
    return Cursor(json_tree.tree(value))


def test_the_rights_are_those_that_are_used_and_no_more() -> None:
    listed = [dict(item) for item in objects(Settings(policies={}))]
    roles = [kubernetes_rbac.role(cursor(item), "ringfence") for item in listed if str(item["kind"]).endswith("Role")]
    bindings = [
        kubernetes_rbac.binding(cursor(item), "ringfence") for item in listed if str(item["kind"]).endswith("Binding")
    ]
    authorizer = Authorizer(roles, bindings)
    who = service_account("ringfence", NAME)
    hooks = "admissionregistration.k8s.io"
    used = [
        Request(verb="get", resource="namespaces", name="shop", namespace="shop"),
        Request(verb="create", resource="events", namespace="shop"),
        *(Request(verb=verb, resource="secrets", namespace="ringfence", name=SECRET) for verb in ("get", "patch")),
        *(
            Request(verb=verb, group=hooks, resource=f"{kind}webhookconfigurations", name=NAME)
            for kind in ("validating", "mutating")
            for verb in ("get", "patch")
        ),
    ]
    assert all(authorizer.decide(who, request).allowed for request in used)
    assert f"/apis/{hooks}/v1" == CONFIGURATIONS
    assert {Announcer, SecretStore}, "which ask for exactly these"
    for request in (
        Request(verb="list", resource="secrets", namespace="ringfence"),
        Request(verb="get", resource="secrets", namespace="ringfence", name="other"),
        Request(verb="create", resource="secrets", namespace="ringfence"),
        Request(verb="get", resource="secrets", namespace="shop", name=SECRET),
        Request(verb="create", resource="pods", namespace="shop"),
        Request(verb="patch", resource="namespaces", name="shop", namespace="shop"),
        Request(verb="patch", group=hooks, resource="validatingwebhookconfigurations", name="other"),
    ):
        assert not authorizer.decide(who, request).allowed, request


def rendered(text: str, values: dict[str, Any], namespace: str) -> str:
    """The chart's template, by the four actions of Helm that it uses; any other is an error."""

    def repeat(found: re.Match[str]) -> str:
        return "".join(found[2].replace("{{ . }}", str(item)) for item in values[found[1]])

    text = re.sub(r"\{\{- range \.Values\.(\w+) \}\}\n(.*?)\{\{- end \}\}\n", repeat, text, flags=re.DOTALL)

    def as_yaml(found: re.Match[str]) -> str:
        lines = yaml.safe_dump(values[found[1]], default_style="|").splitlines()
        return "\n".join(f"  {line}" for line in lines)

    text = re.sub(r"\{\{ toYaml \.Values\.(\w+) \| indent 2 \}\}", as_yaml, text)
    text = re.sub(r"\{\{ \.Values\.(\w+) \}\}", lambda found: str(values[found[1]]), text)
    text = text.replace("{{ .Release.Namespace }}", namespace)
    assert "{{" not in text
    return text


def test_the_chart_renders_to_the_same_objects(tmp_path: Path) -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    values |= {"image": IMAGE, "replicas": 3, "timeoutSeconds": 7, "exemptNamespaces": ["flux", "kube-system"]}
    text = rendered((CHART / "templates" / "webhook.yaml").read_text(), values, "gate")
    words = ["--namespace", "gate", "--replicas", "3", "--timeout", "7"]
    plain = printed(tmp_path, *words, "--exempt-namespace", "flux", "--exempt-namespace", "kube-system")
    made = [item for item in yaml.safe_load_all(text) if item]
    assert [item["kind"] for item in made] == [item["kind"] for item in plain if item["kind"] != "Namespace"]
    for ours, printed_ in zip(made, [item for item in plain if item["kind"] != "Namespace"], strict=True):
        if ours["kind"] == "ConfigMap":
            loaded = [{name: yaml.safe_load(text) for name, text in item["data"].items()} for item in (ours, printed_)]
            assert loaded[0] == loaded[1]
        else:
            assert ours == printed_


@pytest.mark.parametrize("words", [["--timeout", "0"], ["--timeout", "31"], ["--replicas", "0"], ["--policy", "missing"]])
def test_what_makes_no_sense_is_refused(words: list[str]) -> None:
    done = ringfence("admit", "manifests", "--policy", "builtin:baseline", "--image", IMAGE, *words)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
