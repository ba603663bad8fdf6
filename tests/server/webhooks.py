"""A webhook in a thread, with its policies in files and its certificates in a folder or a fake API server."""

import asyncio
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ringfence.admission.evidence import NoEvidence
from ringfence.io.https_server import Counts, Limits
from ringfence.server.admission_service import AdmissionService, Labels
from ringfence.server.certificates import FolderStore, Keeper
from ringfence.server.decision_log import ALL, DecisionLog
from ringfence.server.policy_files import PolicyFiles
from ringfence.server.webhook import Webhook
from worlds.served import Served, in_thread

NO_HOST = """apiVersion: ringfence.io/v1alpha1
kind: AdmissionPolicy
metadata: {name: no-host}
spec: {pods: {hostNetwork: false}}
"""


@dataclass
class World:
    """The webhook, where it is served, and what it logged."""

    webhook: Webhook
    served: Served
    log: io.StringIO
    problems: list[BaseException] = field(default_factory=list)


def service(  # the rest are fields of the service
    policies: tuple[str, ...],
    log: io.StringIO,
    labels: Labels | None = None,
    **more: Any,  # noqa: ANN401 - see above
) -> AdmissionService:
    """A service with these policies."""
    files = PolicyFiles.opened(policies)
    asked = {"evidence": NoEvidence(), **more}
    return AdmissionService(policies=files, log=DecisionLog(which=ALL, stream=log), counts=Counts(), labels=labels, **asked)


@contextmanager
def running(
    folder: Path,
    policies: tuple[str, ...],
    keeper: Keeper | None = None,
    limits: Limits | None = None,
    **more: Any,  # noqa: ANN401 - fields of the service
) -> Iterator[World]:
    """The webhook, listening."""
    log = io.StringIO()
    kept = keeper or Keeper(FolderStore(str(folder / "certificates")), ("localhost", "hook.ringfence.svc"))
    with in_thread() as loop:
        listening: asyncio.Future[int] = asyncio.Future(loop=loop)
        webhook = Webhook(
            service(policies, log, **more), kept, limits=limits or Limits(), drain=2, announce=listening.set_result
        )
        running = asyncio.run_coroutine_threadsafe(webhook.run("127.0.0.1", 0), loop)

        async def port() -> int:
            return await asyncio.wait_for(listening, 20)

        at = asyncio.run_coroutine_threadsafe(port(), loop).result(20)
        bundle = kept.store.load()[0].bundle
        try:
            yield World(webhook, Served(at, bundle, loop, webhook.server), log)
        finally:
            loop.call_soon_threadsafe(webhook.stop)
            running.result(20)
