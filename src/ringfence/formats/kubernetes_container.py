"""A container of a pod specification, as far as something other than the kernel cares: image, variables, ports, probes.

Literal values of variables and arguments never leave this module; what they give away does, redacted. Source: Kubernetes
API reference, `core/v1` Container (v1.36).
"""

from collections.abc import Iterator
from enum import StrEnum

from ringfence.formats import credential_text, dangerous_words
from ringfence.formats.credential_text import Credential
from ringfence.formats.document_tree import TEMPLATE, Cursor
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.location import Location
from ringfence.model.workload import SecretRef, WorkloadId


class ContainerRole(StrEnum):
    """Which list of the pod a container stands in; a sidecar is an init container that keeps running."""

    REGULAR = "regular"
    INIT = "init"
    SIDECAR = "sidecar"
    EPHEMERAL = "ephemeral"


class FoundCredential(Fact):
    """A credential as plain text, and where it is written."""

    credential: Credential
    at: Location = Location()


class FoundSwitch(Fact):
    """A switch in a variable or an argument that turns a protection off, and where it is written."""

    what: str
    at: Location = Location()


class HostPort(Fact):
    """A port of the node that the container takes; `Unknown` where it is templated."""

    port: Maybe[int]
    at: Location = Location()


class Container(Fact):
    """A container that a manifest asks for.

    `limits` names the resources limited, `requests` those asked for, `probes` the probes set, `ports` the ports it says it
    listens on, `pull_policy` when its image is fetched. `unreadable_values` names variables with the name of a
    credential whose value is a template; `environment_read` tells why if some variables could not be read at all.
    `config_maps` are those whose keys all become variables.
    """

    identity: WorkloadId = WorkloadId()
    role: ContainerRole = ContainerRole.REGULAR
    image: Maybe[str] = Unknown("no image is written")
    secret_variables: tuple[SecretRef, ...] = ()
    environment_read: Maybe[bool] = Unknown("the variables were not read")
    config_maps: tuple[str, ...] = ()
    credentials: tuple[FoundCredential, ...] = ()
    unreadable_values: tuple[str, ...] = ()
    host_ports: tuple[HostPort, ...] = ()
    limits: Maybe[tuple[str, ...]] = Unknown("the limits were not read")
    requests: Maybe[tuple[str, ...]] = Unknown("the requests were not read")
    ports: Maybe[tuple[int, ...]] = Unknown("the ports were not read")
    pull_policy: Maybe[str] = Known("")
    switched_off: tuple[FoundSwitch, ...] = ()
    probes: Maybe[tuple[str, ...]] = Unknown("the probes were not read")
    at: Location = Location()


def container(here: Cursor, role: ContainerRole, owner: WorkloadId) -> Container:
    """The container at `here`, of the object that `owner` names. Raises `Malformed` for a field of the wrong form."""
    name = here.get("name").text()
    return Container(
        identity=WorkloadId(namespace=owner.namespace, kind=owner.kind, name=owner.name, container=name),
        role=role,
        image=_image(here.get("image")),
        secret_variables=tuple(_secret_variables(here)),
        environment_read=_environment_read(here),
        config_maps=tuple(
            item.get("configMapRef", "name").text()
            for item in _rendered(here.get("envFrom"))
            if item.get("configMapRef").written
        ),
        credentials=tuple(_credentials(here)),
        unreadable_values=tuple(_unreadable(here)),
        host_ports=tuple(_host_ports(here)),
        limits=_names(here.get("resources", "limits")),
        requests=_names(here.get("resources", "requests")),
        ports=_ports(here.get("ports")),
        pull_policy=here.get("imagePullPolicy").told() or Known(""),
        switched_off=tuple(_switches(here)),
        probes=Known(tuple(kind for kind in ("liveness", "readiness", "startup") if here.get(f"{kind}Probe").written)),
        at=here.at,
    )


def _image(here: Cursor) -> Maybe[str]:
    told = here.told()
    if told is None or told == Known(""):
        # A patch of Kustomize, or a field that a controller fills.
        return Unknown("no image is written")
    return told


def _secret_variables(here: Cursor) -> Iterator[SecretRef]:
    for variable in _rendered(here.get("env")):
        source = variable.get("valueFrom", "secretKeyRef")
        if source.written:
            yield SecretRef(name=source.get("name").text(), via="env", at=source.at)
    for origin in _rendered(here.get("envFrom")):
        whole = origin.get("secretRef")
        if whole.written:
            yield SecretRef(name=whole.get("name").text(), via="env", at=whole.at)


def _environment_read(here: Cursor) -> Maybe[bool]:
    for name in ("env", "envFrom"):
        listed = here.get(name)
        for place in (listed,) if listed.templated else listed.items():
            if place.templated:
                return Unknown(f"{place.field} is a template that was not rendered")
    return Known(True)


def _rendered(listed: Cursor) -> tuple[Cursor, ...]:
    """The items of a list, those left out that are templates still."""
    return () if listed.templated else tuple(item for item in listed.items() if not item.templated)


def _credentials(here: Cursor) -> Iterator[FoundCredential]:
    for variable in _rendered(here.get("env")):
        found = credential_text.in_value(variable.get("name").text(), variable.get("value").text())
        if found:
            yield FoundCredential(credential=found, at=variable.at)
    for part in ("command", "args"):
        arguments = here.get(part)
        for found in credential_text.in_arguments(arguments.texts()):
            yield FoundCredential(credential=found, at=arguments.at)


def _unreadable(here: Cursor) -> Iterator[str]:
    for variable in _rendered(here.get("env")):
        name = variable.get("name").text()
        if TEMPLATE in variable.get("value").text() and credential_text.names_a_secret(name):
            yield name


def _ports(listed: Cursor) -> Maybe[tuple[int, ...]]:
    if listed.templated:
        return Unknown(f"{listed.field} is a template that was not rendered")
    told = [item.get("containerPort").number() for item in listed.items()]
    for number in told:
        if isinstance(number, Unknown):
            return number
    return Known(tuple(number.value for number in told if isinstance(number, Known)))


def _switches(here: Cursor) -> Iterator[FoundSwitch]:
    for variable in _rendered(here.get("env")):
        text = f"{variable.get('name').text()}={variable.get('value').text()}"
        for found in dangerous_words.in_setting(text):
            yield FoundSwitch(what=found, at=variable.at)
    for part in ("command", "args"):
        for item in _rendered(here.get(part)):
            for found in dangerous_words.in_argument(item.text()):
                yield FoundSwitch(what=found, at=item.at)


def _host_ports(here: Cursor) -> Iterator[HostPort]:
    for item in here.get("ports").items():
        port = item.get("hostPort")
        told = port.number()
        if told is not None and told != Known(0):
            yield HostPort(port=told, at=port.at)


def _names(here: Cursor) -> Maybe[tuple[str, ...]]:
    if here.templated:
        return Unknown(f"{here.field} is a template that was not rendered")
    return Known(tuple(name for name, value in here.entries() if value.written))
