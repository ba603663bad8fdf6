"""Containers out of documents that describe them: an OCI `config.json`, or what docker, podman, crictl and ctr print.

The document may be of another machine, so nothing that it names is looked up here.
"""

import os
from collections.abc import Iterator

from ringfence.errors import LimitExceeded, Malformed, Unavailable, UnreadableInput
from ringfence.formats import container_document, oci_confinement, typed_json
from ringfence.formats.engine_inspection import Inspection
from ringfence.formats.oci_runtime_spec import RuntimeSpec
from ringfence.formats.spec_record import SpecRecord
from ringfence.io import stdin
from ringfence.io.rooted import Rooted
from ringfence.io.world import Target, World
from ringfence.layers.runtime.collect import container_names, inspected
from ringfence.layers.runtime.facts import Facts
from ringfence.model.declare import Source
from ringfence.model.knowledge import Known
from ringfence.model.location import Location
from ringfence.model.workload import Workload, WorkloadId

SOURCE = Source(slug="container-documents", targets=("container-document",))
STDIN = "-"


def collect(target: Target, world: World) -> Iterator[Facts]:
    """The containers of one document. Raises `UnreadableInput` if it describes none."""
    if target.kind != "container-document":
        return
    where = stdin.WHERE if target.ref == STDIN else target.ref
    try:
        data = stdin.read(typed_json.MAX_BYTES) if target.ref == STDIN else _read(world, target.ref)
        found = tuple(workload(item, where) for item in container_document.parse(data))
    except LimitExceeded as fault:
        raise LimitExceeded(fault.limit, fault.allowed, where=where) from fault
    except Malformed as fault:
        raise UnreadableInput(fault.wrong, where=where, mend=fault.mend) from fault
    except Unavailable as fault:
        raise UnreadableInput(fault.wrong, where=where, mend=fault.mend) from fault
    yield Facts(node="", collected_on=world.today, workloads=found)


def workload(item: Inspection | SpecRecord | RuntimeSpec, where: str, version: str = "") -> Workload:
    """The container that `item`, read at `where`, describes; `version` is its engine's, if it is known."""
    match item:
        case Inspection():
            return _inspected(item, where, version)
        case SpecRecord():
            return _recorded(item, where)
        case RuntimeSpec():
            return _bundle(item, where)


def _read(world: World, path: str) -> bytes:
    parent, name = os.path.split(world.host.resolve(os.path.abspath(path)))
    return Rooted(parent).read(name, typed_json.MAX_BYTES)


def _inspected(item: Inspection, where: str, version: str) -> Workload:
    return Workload(
        identity=WorkloadId(name=item.name or container_names.short(item.id)),
        confinement=inspected.confinement(item, where, version),
        running=item.pid > 0,
        image=item.image,
        image_digest=item.image_id,
        container_id=item.id,
        engine=item.engine,
        oci_runtime=item.runtime if item.runtime not in ("", "oci") else "",
        pids=(item.pid,) if item.pid > 0 else (),
        location=Location(path=where),
    )


def _recorded(item: SpecRecord, where: str) -> Workload:
    made = oci_confinement.confinement(item.spec, where, item.privileged)
    if item.pod:
        identity = WorkloadId(namespace=item.namespace, kind="Pod", name=item.pod, container=item.container)
    else:
        identity = WorkloadId(name=item.name or container_names.short(item.id))
    return Workload(
        identity=identity,
        confinement=oci_confinement.on_kernel(made, Known(inspected.kernel_of(item.runtime))),
        running=item.pid > 0,
        image=item.image,
        image_digest=item.image_id,
        container_id=item.id,
        engine=container_names.manager(item.spec) or "containerd",
        oci_runtime=item.runtime,
        pids=(item.pid,) if item.pid > 0 else (),
        location=Location(path=where),
    )


def _bundle(item: RuntimeSpec, where: str) -> Workload:
    told = item.annotations.get(container_names.PRIVILEGED)
    return Workload(
        identity=container_names.pod(item) or WorkloadId(name=os.path.basename(os.path.dirname(where)) or where),
        confinement=oci_confinement.confinement(item, where, told.upper() == "TRUE" if told else None),
        engine=container_names.manager(item),
        location=Location(path=where),
    )
