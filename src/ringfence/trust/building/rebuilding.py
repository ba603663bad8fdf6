"""Builds an image again, with buildah: in a storage of its own, gone afterwards.

A rebuild runs what the Dockerfile runs, in buildah's isolation, with its network. Times are set to zero (`--timestamp 0`),
so that two builds differ only in what they hold. Source: buildah-build(1).
"""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ringfence.io import oci_layout, process
from ringfence.io.oci_layout import Layout

BUILD_SECONDS = 3600.0
"""How long a build may take."""
TAG = "rebuilt"


@contextmanager
def rebuilt(dockerfile: str, context: str, base: str, arguments: Mapping[str, str], runtime: str = "") -> Iterator[Layout]:
    """A layout in which `rebuilt` is the image of a new build over `base`, a reference as buildah takes it. Raises
    `Unavailable` if there is none.
    """
    with tempfile.TemporaryDirectory(prefix="ringfence-build-") as folder:
        store = ("--root", f"{folder}/root", "--runroot", f"{folder}/run", "--storage-driver", "vfs")
        given = [word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")]
        file, place = os.path.abspath(dockerfile), os.path.abspath(context)
        build: tuple[str, ...] = ("buildah", *store, "build", "--layers", "--timestamp", "0", "--from", base, "--file", file)
        build = (*build, "--runtime", runtime) if runtime else build
        process.ask((*build, *given, "--tag", "localhost/ringfence-rebuilt", place), timeout=BUILD_SECONDS)
        target = f"oci:{folder}/layout:{TAG}"
        process.ask(("buildah", *store, "push", "-q", "localhost/ringfence-rebuilt", target), timeout=BUILD_SECONDS)
        yield oci_layout.in_directory(f"{folder}/layout")
