"""From an index to the one image meant, and what of its layers can be read at all."""

import os
from collections.abc import Callable
from typing import NamedTuple

from ringfence.errors import LimitExceeded, Malformed, UnreadableInput
from ringfence.formats import oci_image, ocicrypt
from ringfence.formats.oci_image import Descriptor, Manifest, Platform
from ringfence.formats.ocicrypt import WrappedKey

MAX_NESTING = 4
"""Indices inside indices; builders write two."""
NAMED = 10
"""Recipients of one encrypted layer that are named."""

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386", "riscv64": "riscv64"}
"""The kernel's names (uname) in those of the image specification (GOARCH)."""


class Wanted(NamedTuple):
    """Which image of an index: `ref` names the whole in errors, `platform` is the user's word or empty."""

    ref: str
    platform: str
    progress: Callable[[str], None]


def image_of(chosen: Descriptor, document: Callable[[Descriptor, str], bytes], wanted: Wanted) -> Manifest:
    """The manifest of one image. `document` gives a blob, checked. Raises `UnreadableInput`, and what `document` raises."""
    manifest = oci_image.parse_manifest(document(chosen, "manifest"))
    for _ in range(MAX_NESTING):
        if manifest.manifests is None:
            break
        manifest = oci_image.parse_manifest(document(_of_platform(manifest.manifests, wanted), "manifest"))
    return manifest


def parts(manifest: Manifest, ref: str) -> tuple[Descriptor, tuple[Descriptor, ...]]:
    """Configuration and layers. Raises `UnreadableInput` for the manifest of something else."""
    if manifest.config is None or manifest.layers is None:
        raise UnreadableInput("its manifest is that of no image", where=ref)
    return manifest.config, manifest.layers


def sealed(layer: Descriptor, named: Callable[[tuple[WrappedKey, ...]], tuple[str, ...]]) -> str:
    """Why a layer cannot be read, by its media type; empty if it can. `named` says for whom keys are wrapped."""
    if "encrypted" in layer.media_type:
        return f"is encrypted {_for_whom(layer, named)}: decrypt the image first (ringfence decrypt)"
    if ".foreign." in layer.media_type or ".nondistributable." in layer.media_type:
        return "is kept elsewhere by its publisher (a foreign layer), and is not in this image"
    return ""


def _for_whom(layer: Descriptor, named: Callable[[tuple[WrappedKey, ...]], tuple[str, ...]]) -> str:
    try:
        found = ocicrypt.encryption(layer.media_type, layer.annotations or {})
    except (Malformed, LimitExceeded) as fault:
        return f"for nobody ({fault.wrong})"
    return f"for {', '.join(named(found.keys)[:NAMED])}" if found else "for nobody"


def _of_platform(manifests: tuple[Descriptor, ...], wanted: Wanted) -> Descriptor:
    """The one asked for, else this machine's, else the first for Linux; attestations stand there as `unknown`."""
    images = [item for item in manifests if item.platform is None or item.platform.os != "unknown"]
    if wanted.platform:
        for item in images:
            if item.platform is not None and wanted.platform in _names(item.platform):
                return item
        there = ", ".join(_names(item.platform)[0] for item in images if item.platform is not None) or "none is named"
        raise UnreadableInput(f"has no image for {wanted.platform}; there is: {there}", where=wanted.ref, mend="--platform")
    linux = [item for item in images if item.platform is None or item.platform.os in ("", "linux")]
    if not linux:
        raise UnreadableInput("its index names no Linux image", where=wanted.ref, mend="name a platform with --platform")
    here = _ARCHITECTURES.get(os.uname().machine, "")
    chosen = next((item for item in linux if item.platform and item.platform.architecture == here), linux[0])
    if len(linux) > 1 and chosen.platform is not None:
        wanted.progress(f"{wanted.ref}: of {len(linux)} platforms {_names(chosen.platform)[0]}")
    return chosen


def _names(platform: Platform) -> tuple[str, ...]:
    plain = f"{platform.os}/{platform.architecture}"
    return (f"{plain}/{platform.variant}", plain) if platform.variant else (plain,)
