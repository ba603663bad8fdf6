"""The state that runc and crun keep, and the records of Docker and containers/storage."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import crun_status, docker_container, runc_state, storage_containers
from ringfence.formats.docker_container import DockerContainer, DockerHostConfig
from ringfence.formats.runc_state import ContainerState
from ringfence.formats.storage_containers import StoredContainer

PARSERS: list[Callable[[bytes], object]] = [
    runc_state.parse,
    lambda data: crun_status.parse(data, "c"),
    docker_container.parse,
    docker_container.parse_host_config,
    storage_containers.parse,
]


def test_runc() -> None:
    data = b'{"id":"c","init_process_pid":7,"init_process_start":230469,"config":{"labels":["a=x","bundle=/b"]}}'
    assert runc_state.parse(data) == ContainerState(id="c", pid=7, started=230469, bundle="/b")
    assert runc_state.parse(b'{"id":"c","init_process_pid":7}') == ContainerState(id="c", pid=7)


def test_crun() -> None:
    data = (
        b'{"pid":9,"process-start-time":42,"cgroup-path":"/c","rootfs":"/r","bundle":"/b","created":"2026-01-01T00:00:00Z"}'
    )
    assert crun_status.parse(data, "web") == ContainerState(id="web", pid=9, started=42, bundle="/b")


def test_docker() -> None:
    data = b'{"ID":"1","Name":"/web","Image":"sha256:2","Config":{"Image":"nginx:1"},"State":{"Running":true,"Pid":5}}'
    assert docker_container.parse(data) == DockerContainer(
        id="1", name="web", image="nginx:1", image_id="sha256:2", pid=5, running=True
    )
    assert docker_container.parse_host_config(b'{"Privileged":true,"Runtime":"runc"}') == DockerHostConfig(
        privileged=True, runtime="runc"
    )


def test_containers_storage() -> None:
    metadata = json.dumps({"image-name": "localhost/web:1", "name": "web"})
    data = json.dumps([{"id": "1", "names": ["web"], "image": "2", "metadata": metadata}, {"id": "3", "metadata": "{"}])
    assert storage_containers.parse(data.encode()) == (
        StoredContainer(id="1", name="web", image="localhost/web:1", image_id="sha256:2"),
        StoredContainer(id="3"),
    )


def test_a_store_beyond_reason_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage_containers, "MAX_CONTAINERS", 1)
    with pytest.raises(LimitExceeded):
        storage_containers.parse(b'[{"id":"1"},{"id":"2"}]')


@pytest.mark.parametrize("parse", PARSERS)
@settings(max_examples=50)
@given(
    data=st.binary(max_size=120) | st.dictionaries(st.text(max_size=5), st.integers()).map(lambda v: json.dumps(v).encode())
)
def test_any_bytes_give_a_value_or_an_error_of_ours(parse: Callable[[bytes], object], data: bytes) -> None:
    try:
        parse(data)
    except (Malformed, LimitExceeded):
        return
