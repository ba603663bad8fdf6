"""Manifests: 10,000 pods from files against the bare reading of the same YAML, and the standards and roles alone.

The ratio is what counts: how much all checks, confinements and the report cost over libyaml's own parse of the same bytes.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from ringfence.formats import kubernetes_objects, yaml_lines
from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.formats.pod_security_standard import Level, Standard
from ringfence.layers.kubernetes.evaluate.pod_security import violations

PODS = 10_000
FILES = 100
BARE = """
import sys, yaml
loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
for path in sys.argv[1:]:
    for _ in yaml.parse(open(path), loader): pass
"""


def pod(number: int) -> dict[str, object]:
    """A pod as they are met, every third of them hardened."""
    context: dict[str, object] = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    own: dict[str, object] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    container = {
        "name": "web",
        "image": f"registry.example.com/web:{number % 50}",
        "env": [{"name": f"SETTING_{index}", "value": str(index)} for index in range(8)],
        "ports": [{"containerPort": 8080}],
        "resources": {"limits": {"memory": "64Mi"}, "requests": {"cpu": "10m", "memory": "64Mi"}},
        "securityContext": own if number % 3 == 0 else {},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"web-{number}", "namespace": f"team-{number % 40}", "labels": {"app": "web"}},
        "spec": {"containers": [container], **({"securityContext": context} if number % 3 == 0 else {})},
    }


def cost(words: list[str]) -> tuple[float, float]:
    """CPU seconds of one run of this interpreter, and the peak of memory of all so far in MB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, *words], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, after.ru_maxrss / 1024


def main() -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.yaml" for number in range(FILES)]
        for number, path in enumerate(paths):
            documents = [pod(number * PODS // FILES + index) for index in range(PODS // FILES)]
            path.write_text(yaml.dump_all(documents, Dumper=yaml.CSafeDumper))
        size = sum(path.stat().st_size for path in paths)
        bare, memory = cost(["-c", BARE, *map(str, paths)])
        print(f"{PODS:,} pods, {size / 1e6:.1f} MB of YAML")
        print(f"libyaml alone            {bare:7.2f} s CPU   peak {memory:5.0f} MB")
        for name, words in (
            ("ringfence k8s --pss", ["--pss", "restricted", "--format", "json"]),
            ("ringfence k8s", ["--format", "json"]),
        ):
            spent, memory = cost(["-m", "ringfence", "k8s", folder, *words])
            print(f"{name:<24} {spent:7.2f} s CPU   peak {memory:5.0f} MB   {spent / bare:5.1f}x libyaml")
    (tree,) = yaml_lines.read(json.dumps(pod(1)).encode())
    (here,) = kubernetes_objects.objects(tree, "f")
    parsed = kubernetes_objects.parse(here, kubernetes_objects.name_of(here))
    spec = next(item for item in parsed if isinstance(item, PodSpec))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    for _ in range(20_000):
        violations(spec, Standard(level=Level.RESTRICTED))
    spent = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
    print(f"restricted, evaluated    {20_000 / spent:9,.0f} pods/s")


if __name__ == "__main__":
    main()
