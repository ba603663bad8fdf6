"""Latency of the admission webhook at fixed rates, and its memory over many reviews.

The server is a process of its own on one core (`ringfence admit serve`, TLS, verified). The load comes from another core, by
an asyncio client written here: it sends on a fixed schedule over kept connections, whatever the answers take, and counts
from the moment a review was due, so that a server that stalls cannot hide it (no coordinated omission). Reviews are of the
pods of Pod Security's own test data where RINGFENCE_TEST_DATA is set, filled up as real ones are; each has another name and
other variables, and one in four is new to the cache of decisions.

[chrt -f 10] python bench/admission.py [--seconds 20] [--rates 200,500] [--soak 86400]
"""

import argparse
import asyncio
import gc
import io
import itertools
import json
import os
import random
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ringfence.admission.evidence import NoEvidence
from ringfence.io.https_server import Counts, Request
from ringfence.server.admission_service import AdmissionService
from ringfence.server.decision_log import DecisionLog
from ringfence.server.policy_files import PolicyFiles

CONNECTIONS = 16
TEMPLATES = 200
"""Workloads whose pods are made again and again."""
POLICIES = """apiVersion: ringfence.io/v1alpha1
kind: AdmissionPolicy
metadata: {name: images}
spec:
  images: {allowed: ["registry.example/*", "registry.k8s.io/*", "docker.io/*"], forbiddenTags: [edge]}
  exceptions:
  - {reason: the agent of the nodes, namespaces: [kube-*, monitoring], rules: [images.allowed]}
---
apiVersion: ringfence.io/v1alpha1
kind: AdmissionPolicy
metadata: {name: team}
spec:
  use: {groups: ["system:authenticated"]}
  pods:
    privileged: false
    hostNetwork: false
    hostPID: false
    hostIPC: false
    hostPorts: []
    volumes: [configMap, csi, downwardAPI, emptyDir, ephemeral, persistentVolumeClaim, projected, secret]
    allowPrivilegeEscalation: true
    allowedCapabilities: [NET_BIND_SERVICE]
    runAsUser: {rule: MustRunAsNonRoot}
    seccompProfiles: [RuntimeDefault, "Localhost/*"]
    allowedUnsafeSysctls: []
  defaults: {}
"""
"""Two policies beside the built-in restricted standard."""


def pods() -> list[dict[str, Any]]:
    """The pods that reviews are about."""
    data = Path(os.environ.get("RINGFENCE_TEST_DATA", "/nonexistent")) / "k8s" / "psa" / "cases.jsonl"
    if data.exists():
        return [json.loads(line)["pod"] for line in data.read_text().splitlines()]
    container = {"name": "c", "image": "registry.k8s.io/pause", "securityContext": {"allowPrivilegeEscalation": False}}
    plain = {"securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}}
    return [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {**plain, "containers": [container] * count}}
        for count in (1, 2, 3)
    ]


def review(pod: dict[str, Any], number: int, fresh: int) -> bytes:
    """A request of some 5 KB, as the API server sends it."""
    environment = [{"name": f"SETTING_{index}", "value": f"value-{index}-{fresh}"} for index in range(30)]
    spec = {**pod["spec"], "schedulerName": "default-scheduler", "terminationGracePeriodSeconds": 30}
    spec["containers"] = [
        {**item, "env": environment, "resources": {"limits": {"memory": "64Mi"}}, "terminationMessagePath": "/dev/term"}
        for item in pod["spec"]["containers"]
    ]
    fields: dict[str, Any] = {"f:metadata": {"f:labels": {f"f:label-{index}": {} for index in range(70)}}}
    metadata = {
        "name": f"web-{number}",
        "uid": f"00000000-0000-4000-8000-{number:012d}",
        "labels": {"app": "web", "pod-template-hash": str(fresh)},
        "managedFields": [{"manager": "kube-controller-manager", "operation": "Update", "fieldsV1": fields}],
    }
    asked = {
        "uid": f"705ab4f5-6393-11e8-b7cc-{number:012d}",
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "operation": "CREATE",
        "namespace": f"team-{fresh % 7}",
        "userInfo": {
            "username": "system:serviceaccount:kube-system:replicaset-controller",
            "groups": ["system:authenticated"],
        },
        "object": {**pod, "metadata": metadata, "spec": spec},
        "oldObject": None,
    }
    body = json.dumps({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": asked}).encode()
    path = b"/mutate" if number % 2 else b"/validate"
    head = b"POST " + path + b"?timeout=5s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return head + b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body


def reviews() -> Iterator[bytes]:
    """Reviews without end, the same every time: one in four of a template that was never seen."""
    dice = random.Random(7)  # noqa: S311 - a load, no secret
    made = pods()
    for number in itertools.count(1):
        fresh = number if dice.random() < 0.25 else -1 - dice.randrange(TEMPLATES)
        yield review(made[fresh * 7 % len(made)], number, fresh)


class Client:
    """One kept connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self, request: bytes) -> int:
        """Sends, and gives the status of the answer once it is whole."""
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        await self.reader.readexactly(length)
        return int(head[9:12])


async def connected(port: int, context: ssl.SSLContext) -> "asyncio.Queue[Client]":
    """Connections that are free to be used."""
    free: asyncio.Queue[Client] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(Client(*await asyncio.open_connection("localhost", port, ssl=context)))
    return free


async def paced(free: "asyncio.Queue[Client]", requests: list[bytes], rate: float) -> tuple[list[float], int]:
    """The latency of each request in seconds, from when it was due; and how many were not answered 200."""
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    failed = 0

    async def one(request: bytes, due: float) -> None:
        nonlocal failed
        client = await free.get()
        failed += await client.ask(request) != 200
        free.put_nowait(client)
        latencies.append(loop.time() - due)

    start = loop.time() + 0.1
    tasks = []
    for number, request in enumerate(requests):
        due = start + number / rate
        if (wait := due - loop.time()) > 0:
            await asyncio.sleep(wait)
        tasks.append(asyncio.create_task(one(request, due)))
    await asyncio.gather(*tasks)
    return latencies, failed


def resident(pid: int) -> int:
    """Resident memory of a process, in KiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def processor_seconds(pid: int) -> float:
    """User and system time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(port: int, context: ssl.SSLContext, pid: int, options: argparse.Namespace) -> None:
    """Prints a line for each rate, and the memory over the soak."""
    free = await connected(port, context)
    source = reviews()

    def some(count: int) -> list[bytes]:
        return list(itertools.islice(source, count))

    await paced(free, some(1000), 200)
    print("reviews/s   answered   p50 ms   p90 ms   p99 ms   max ms   server CPU ms/review   not 200")
    for rate in options.rates:
        requests = some(int(rate * options.seconds))
        gc.collect()
        gc.disable()
        before = processor_seconds(pid)
        latencies, failed = await paced(free, requests, rate)
        spent = (processor_seconds(pid) - before) / len(requests) * 1000
        gc.enable()
        at = sorted(latencies)
        p50, p90, p99 = (at[int(len(at) * share)] * 1000 for share in (0.5, 0.9, 0.99))
        shown = f"{len(at):>9,}   {p50:>6.2f}   {p90:>6.2f}   {p99:>6.2f}   {at[-1] * 1000:>6.1f}"
        print(f"{rate:>9}   {shown}   {spent:>20.2f}   {failed:>7}", flush=True)
    if options.soak:
        await soak(free, some, pid, options.soak)


async def soak(free: "asyncio.Queue[Client]", some: Callable[[int], list[bytes]], pid: int, total: int) -> None:
    """So many reviews, as fast as they are answered: the server's memory at every tenth."""
    began, asked = time.monotonic(), 0
    print("soak: reviews   resident MiB   reviews/s")
    for _ in range(10):
        left = total // 10
        while left > 0:
            batch = some(min(left, 2000))
            left -= len(batch)
            await asyncio.gather(*(every(free, batch[start::CONNECTIONS]) for start in range(CONNECTIONS)))
            asked += len(batch)
        rate = asked / (time.monotonic() - began)
        print(f"{asked:>13,}   {resident(pid) / 1024:>12.1f}   {rate:>9.0f}", flush=True)


async def every(free: "asyncio.Queue[Client]", requests: list[bytes]) -> None:
    """One request after the other on one connection."""
    client = await free.get()
    for request in requests:
        await client.ask(request)
    free.put_nowait(client)


def decided(folder: str, count: int) -> None:
    """Prints what a decision costs alone, without TLS and HTTP: in CPU time, which other work does not stretch."""
    policies = PolicyFiles.opened((f"{folder}/policies.yaml", "builtin:restricted-with-defaults"))
    log = DecisionLog(which="none", stream=io.StringIO())
    gc.collect()
    gc.freeze()
    service = AdmissionService(policies=policies, evidence=NoEvidence(), log=log, counts=Counts())
    spent: dict[str, list[int]] = {"from the cache": [], "decided": []}
    for _, request in zip(range(count), reviews(), strict=False):
        head, _, body = request.partition(b"\r\n\r\n")
        asked = Request("POST", head[5:].partition(b"?")[0].decode(), "application/json", body)
        hits = service.cache.hits
        began = time.process_time_ns()
        service.handle(asked)
        spent["from the cache" if service.cache.hits > hits else "decided"].append(time.process_time_ns() - began)
    print("decision alone       count   p50 ms   p99 ms   max ms")
    for name, times in spent.items():
        at = sorted(times)
        p50, p99 = (at[int(len(at) * share)] / 1e6 for share in (0.5, 0.99))
        print(f"{name:<16} {len(at):>9,}   {p50:>6.2f}   {p99:>6.2f}   {at[-1] / 1e6:>6.1f}", flush=True)


def main() -> None:
    """Starts the server, loads it, ends it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rates", type=lambda text: [int(word) for word in text.split(",")], default=[200, 500])
    parser.add_argument("--soak", type=int, default=20_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "policies.yaml").write_text(POLICIES)
        decided(folder, 10_000)
        words = ["admit", "serve", "--policy", f"{folder}/policies.yaml", "--policy", "builtin:restricted-with-defaults"]
        words += ["--certificates", f"{folder}/certificates", "--listen", "127.0.0.1:0"]
        server = subprocess.Popen(
            [sys.executable, "-m", "ringfence", *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        try:
            if server.stderr is None:
                raise SystemExit("no standard error")
            port = int(server.stderr.readline().rpartition(":")[2])
            cores = sorted(os.sched_getaffinity(0))
            os.sched_setaffinity(server.pid, {cores[0]})
            os.sched_setaffinity(0, set(cores[1:]) or set(cores))
            context = ssl.create_default_context(cafile=f"{folder}/certificates/ca.crt")
            asyncio.run(measure(port, context, server.pid, options))
        finally:
            server.terminate()
            server.communicate()


if __name__ == "__main__":
    main()
