"""The webhook as a process: listens, keeps policies and certificates fresh, and ends without dropping a request."""

import asyncio
import contextlib
import datetime as dt
import gc
import signal
from collections.abc import Callable
from dataclasses import dataclass, field

from ringfence.errors import RingfenceError
from ringfence.io import clock, tls
from ringfence.io.cluster_api import ClusterApi
from ringfence.io.https_server import HttpsServer, Limits
from ringfence.io.watched import look, read
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.server.admission_service import AdmissionService
from ringfence.server.certificates import Keeper
from ringfence.server.image_evidence import ScanFolder
from ringfence.trust.serving_certificates import Certificates, Pair, ends

POLICY_SECONDS = 2.0
"""How often policy files and scans are looked at."""
CERTIFICATE_SECONDS = 60.0
"""How often certificates are looked at."""
LABEL_SECONDS = 30.0
"""How long the labels of a namespace are believed."""
MAX_NAMESPACES = 10_000
"""Namespaces whose labels are kept."""
MAX_PEM = 1024 * 1024


@dataclass(slots=True)
class NamespaceLabels:
    """The labels of namespaces, asked of the API server and kept for a while."""

    api: ClusterApi
    now: Callable[[], float]
    _kept: dict[str, tuple[float, dict[str, str]]] = field(default_factory=dict)

    def __call__(self, namespace: str) -> Maybe[dict[str, str]]:
        """The labels; `Unknown` if the server does not tell."""
        held = self._kept.get(namespace)
        if held is not None and self.now() - held[0] < LABEL_SECONDS:
            return Known(held[1])
        try:
            found = self.api.get(f"/api/v1/namespaces/{namespace}")
        except RingfenceError as fault:
            return Unknown(fault.diagnostics())
        labels = (found or {}).get("metadata", {}).get("labels") or {}
        if len(self._kept) >= MAX_NAMESPACES:
            self._kept.clear()
        self._kept[namespace] = (self.now(), {str(name): str(value) for name, value in labels.items()})
        return Known(self._kept[namespace][1])


@dataclass(frozen=True, slots=True)
class GivenCertificate:
    """A certificate and key that somebody else renews, in files (cert-manager's Secret, mounted)."""

    certificate: str
    key: str

    def tick(self, now: dt.datetime) -> Certificates:
        """The pair in the files. Raises `UnreadableInput`."""
        del now
        pair = [read(look((path,), ())[0], MAX_PEM) for path in (self.certificate, self.key)]
        return Certificates(serving=Pair(certificate=pair[0], key=pair[1]))


@dataclass(slots=True)
class Webhook:
    """A service with its server and what is done on the side. `announce` is called with the port once it listens."""

    service: AdmissionService
    keeper: Keeper | GivenCertificate
    scans: ScanFolder | None = None
    limits: Limits = field(default_factory=Limits)
    drain: float = 20.0
    announce: Callable[[int], None] = lambda _port: None
    server: HttpsServer = field(init=False)
    served: Pair | None = None
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, host: str, port: int) -> None:
        """Serves until SIGTERM or SIGINT, then drains. Raises `RingfenceError` if it cannot begin."""
        first = (await asyncio.to_thread(self.keeper.tick, clock.moment())).serving
        if first is None:
            raise RingfenceError("there is no certificate to serve")
        context = tls.server_context(first.certificate, first.key)
        self._serves(first)
        self.server = HttpsServer(self.service.handle, context, self.limits, self.service.counts)
        listening = await self.server.start(host, port)
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            # Not in every thread can signals be had; a test stops the server itself.
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(name, self.stop)
        # What was loaded until here lives as long as the process: the collector need not walk through it again and again.
        gc.collect()
        gc.freeze()
        self.service.ready = ""
        self.announce(listening)
        side = [asyncio.create_task(self._policies()), asyncio.create_task(self._certificates())]
        if self.service.events is not None:
            side.append(asyncio.create_task(self.service.events.run()))
        await self._stop.wait()
        # Not ready first, so that no new request is sent here while the old ones end.
        self.service.ready = "draining"
        self.service.log.note("draining", f"no new connections; requests in hand have {self.drain:g} s")
        await self.server.stop(self.drain)
        for task in side:
            task.cancel()
        await asyncio.gather(*side, return_exceptions=True)

    def stop(self) -> None:
        """Ends `run`, once what is in hand is answered."""
        self._stop.set()

    def _serves(self, pair: Pair) -> None:
        self.served = pair
        self.service.metrics.certificate_until.set(ends(pair).timestamp())

    async def _policies(self) -> None:
        while True:
            await asyncio.sleep(POLICY_SECONDS)
            self.look_at_policies()
            if self.scans is not None:
                try:
                    await asyncio.to_thread(self.scans.refresh)
                except RingfenceError as fault:
                    self.service.log.note("scans-unreadable", fault.diagnostics())

    def look_at_policies(self) -> None:
        """Takes over policies that changed; says so once if they are broken."""
        before = self.service.policies.fault
        if self.service.policies.refresh():
            self.service.policies_changed()
            said = f"{len(self.service.policies.current.policies)} policies, {self.service.policies.current.hash[:12]}"
            self.service.log.note("policies-changed", said)
        elif self.service.policies.fault and self.service.policies.fault != before:
            said = f"{self.service.policies.fault}; the policies read before stay in force"
            self.service.log.note("policies-broken", said)

    async def _certificates(self) -> None:
        while True:
            await asyncio.sleep(CERTIFICATE_SECONDS)
            await self.look_at_certificates(clock.moment())

    async def look_at_certificates(self, now: dt.datetime) -> None:
        """Renews what is due, and serves it to connections made from now on."""
        try:
            found = (await asyncio.to_thread(self.keeper.tick, now)).serving
            if found is None or found == self.served or self.server.context is None:
                return
            tls.reload(self.server.context, found.certificate, found.key)
        except RingfenceError as fault:
            self.service.log.note("certificate-not-renewed", fault.diagnostics())
            return
        self._serves(found)
        self.service.log.note("certificate-renewed", f"serves until {ends(found):%Y-%m-%d}")
