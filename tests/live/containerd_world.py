"""A real containerd on this machine, with folders of its own, asked to pull through CRI.

CRI is gRPC: one call is an HTTP/2 request over a socket, with a message of five bytes and protobuf. Source: cri-api,
pkg/apis/runtime/v1/api.proto (PullImageRequest: image 1, auth 2; ImageSpec: image 1; AuthConfig: username 1, password 2).
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from live.registry_world import PASSWORD, SOURCE, USER

CONFIGURATION = """\
version = 2
root = "{folder}/root"
state = "{folder}/state"
disabled_plugins = ["io.containerd.nri.v1.nri", "io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs", \
"io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = "{folder}/grpc.sock"
[ttrpc]
  address = "{folder}/ttrpc.sock"
[plugins."io.containerd.grpc.v1.cri"]
  disable_tcp_service = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
"""
DECODER = '#!/bin/sh\nexport PYTHONPATH="{source}"\nexec "{python}" -m ringfence "$@"\n'


@dataclass(frozen=True)
class Containerd:
    """A containerd that runs."""

    folder: Path

    def pull(self, ref: str) -> bool:
        """Whether it pulls and unpacks an image."""
        spec = _field(1, ref.removeprefix("docker://").encode())
        message = _field(1, spec) + _field(2, _field(1, USER.encode()) + _field(2, PASSWORD.encode()))
        transport = httpx.HTTPTransport(uds=str(self.folder / "grpc.sock"), http1=False, http2=True)
        with httpx.Client(transport=transport, timeout=60) as client:
            answer = client.post(
                "http://localhost/runtime.v1.ImageService/PullImage",
                headers={"content-type": "application/grpc", "te": "trailers"},
                content=b"\0" + len(message).to_bytes(4, "big") + message,
            )
        # A call that failed has its status in a trailer, and no message.
        return answer.status_code == 200 and len(answer.content) > 5

    def unpacked(self, path: str) -> list[bytes]:
        """What is in the files of this path, in all snapshots."""
        snapshots = (self.folder / "root" / "io.containerd.snapshotter.v1.native" / "snapshots").glob("*")
        return [(place / path).read_bytes() for place in snapshots if (place / path).exists()]


def _field(number: int, data: bytes) -> bytes:
    """A protobuf field of bytes, shorter than 16 KiB."""
    size = len(data)
    return bytes((number << 3 | 2, size) if size < 128 else (number << 3 | 2, size & 127 | 128, size >> 7)) + data


@contextlib.contextmanager
def serving(folder: Path, program: str, key: str) -> Iterator[Containerd]:
    """A containerd with the configuration that `ringfence decoder --print-config` prints for a key."""
    decoder = folder / "ringfence"
    decoder.write_text(DECODER.format(source=SOURCE, python=sys.executable))
    decoder.chmod(0o755)
    words = (str(decoder), "decoder", "--key", key, "--print-config")
    printed = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout
    own = str(Path(SOURCE) / "ringfence" / "__main__.py")  # what the program is called when run as a module
    (folder / "config.toml").write_text(CONFIGURATION.format(folder=folder) + printed.replace(own, str(decoder)))
    here = not os.path.exists("/run/containerd")
    with (folder / "containerd.log").open("w") as log:
        command = (program, "--config", str(folder / "config.toml"))
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_for(folder / "grpc.sock", folder / "containerd.log")
        yield Containerd(folder)
    finally:
        server.terminate()
        server.wait()
        if here:  # it makes two folders there whatever its configuration says
            for path in ("/run/containerd/io.containerd.grpc.v1.cri", "/run/containerd"):
                with contextlib.suppress(OSError):
                    os.rmdir(path)


def wait_for(socket: Path, log: Path) -> None:
    for _ in range(200):
        if socket.exists() and "containerd successfully booted" in log.read_text():
            return
        time.sleep(0.1)
    pytest.fail("containerd does not answer: " + log.read_text()[-500:])
