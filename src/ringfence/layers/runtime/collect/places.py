"""Where container software lies, under which names, in distributions, static downloads, k3s, RKE2, snaps and appliances."""

BINARIES = {
    "runc": "runc",
    "docker-runc": "runc",
    "buildkit-runc": "runc",
    "crun": "crun",
    "containerd": "containerd",
    "docker-containerd": "containerd",
    "crio": "cri-o",
    "podman": "podman",
    "dockerd": "docker",
    "dockerd-ce": "docker",
    "buildah": "buildah",
    "buildkitd": "buildkit",
    "kata-runtime": "kata-containers",
    "containerd-shim-kata-v2": "kata-containers",
    "runsc": "gvisor",
    "containerd-shim-runsc-v1": "gvisor",
    "youki": "youki",
    "sysbox-runc": "sysbox",
    "nerdctl": "nerdctl",
    "cri-dockerd": "cri-dockerd",
    "lxc-start": "lxc",
    "lxd": "lxd",
    "incusd": "incus",
    "systemd-nspawn": "systemd-nspawn",
    "singularity": "singularity",
    "apptainer": "apptainer",
}
"""The component that a program of this name is."""

_EVERYWHERE = {
    "runc": "runc",
    "crun": "crun",
    "youki": "youki",
    "containerd": "containerd",
    "containerd.io": "containerd",
    "cri-o": "cri-o",
    "podman": "podman",
    "docker-ce": "docker",
    "moby-engine": "docker",
    "buildah": "buildah",
    "nerdctl": "nerdctl",
    "kata-runtime": "kata-containers",
    "kata-containers": "kata-containers",
    "sysbox-ce": "sysbox",
    "lxc": "lxc",
    "lxd": "lxd",
    "incus": "incus",
    "singularity-ce": "singularity",
    "apptainer": "apptainer",
}
PACKAGES = {
    "deb": _EVERYWHERE
    | {
        "docker.io": "docker",
        "moby-containerd": "containerd",
        "moby-runc": "runc",
        "moby-buildkit": "buildkit",
        "runsc": "gvisor",
        "singularity-container": "singularity",
        "systemd-container": "systemd-nspawn",
    },
    # In Debian `docker` is something else.
    "rpm": _EVERYWHERE
    | {
        "docker": "docker",
        "docker-engine": "docker",
        "moby-containerd": "containerd",
        "moby-runc": "runc",
        "moby-buildkit": "buildkit",
        "cri-o1.30": "cri-o",
        "cri-o1.31": "cri-o",
        "cri-o1.32": "cri-o",
        "kata-containers-cc": "kata-containers",
        "systemd-container": "systemd-nspawn",
        "singularity": "singularity",
    },
    "apk": _EVERYWHERE | {"docker": "docker", "docker-engine": "docker", "buildkit": "buildkit"},
}
"""The component that a package is, by kind of database: the names of Debian, Ubuntu, Red Hat, Fedora, SUSE, Amazon, Azure,
Alpine, Docker, Microsoft and the projects."""

HYPERVISORS = {
    "deb": {
        "qemu-system-x86": "qemu",
        "qemu-system-arm": "qemu",
        "qemu-system-ppc": "qemu",
        "qemu-system-misc": "qemu",
        "cloud-hypervisor": "cloud-hypervisor",
        "firecracker": "firecracker",
    },
    "rpm": {
        "qemu-kvm-core": "qemu",
        "qemu-system-x86-core": "qemu",
        "qemu-system-aarch64-core": "qemu",
        "qemu-x86": "qemu",
        "cloud-hypervisor": "cloud-hypervisor",
    },
    "apk": {"qemu-system-x86_64": "qemu", "cloud-hypervisor": "cloud-hypervisor", "firecracker": "firecracker"},
}
"""The hypervisor that a package is; looked for only where Kata names one."""

FOLDERS = (
    *("/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/usr/libexec", "/usr/libexec/crio", "/bin", "/sbin"),
    *("/usr/libexec/podman", "/usr/lib/podman", "/usr/lib/cri-o-runc/sbin", "/opt/bin", "/opt/containerd/bin"),
    *("/opt/kata/bin", "/opt/kata/runtime-rs/bin"),
    # Rootless installations and LXD's and Incus' own.
    *("/root/bin", "/home/*/bin", "/home/*/.local/bin", "/snap/lxd/current/bin", "/opt/incus/bin", "/usr/libexec/incus"),
    # k3s and RKE2 unpack what they bring into a folder named by its hash.
    *("/var/lib/rancher/k3s/data/current/bin", "/var/lib/rancher/k3s/data/*/bin"),
    *("/var/lib/rancher/rke2/bin", "/var/lib/rancher/rke2/data/*/bin"),
    *("/snap/docker/current/bin", "/snap/docker/current/usr/sbin", "/snap/docker/current/usr/bin"),
    *("/snap/microk8s/current/bin", "/snap/microk8s/current/usr/bin", "/snap/bin"),
    # Docker Desktop's virtual machine, NixOS, Flatcar's torcx, Bottlerocket, Google's Container-Optimized OS.
    *("/usr/local/bin/docker", "/opt/docker-desktop/bin", "/run/current-system/sw/bin", "/run/torcx/bin"),
    *("/x86_64-bottlerocket-linux-gnu/sys-root/usr/bin", "/aarch64-bottlerocket-linux-gnu/sys-root/usr/bin"),
    *("/home/kubernetes/bin", "/var/lib/k0s/bin"),
)
"""Where programs lie that an engine would find; `*` stands for the folders of one level."""

MODULES = {
    "containerd": (
        "github.com/containerd/containerd",
        "github.com/containerd/containerd/v2",
        "github.com/k3s-io/containerd",
        "github.com/k3s-io/containerd/v2",
    ),
    "docker": ("github.com/docker/docker", "github.com/moby/moby", "github.com/moby/moby/v2"),
    "buildkit": ("github.com/moby/buildkit",),
    "runc": ("github.com/opencontainers/runc",),
    "podman": ("github.com/containers/podman", "github.com/containers/podman/v4", "github.com/containers/podman/v5"),
    "buildah": ("github.com/containers/buildah",),
    "cri-o": ("github.com/cri-o/cri-o",),
    "gvisor": ("gvisor.dev/gvisor",),
    "nerdctl": ("github.com/containerd/nerdctl", "github.com/containerd/nerdctl/v2"),
    "cri-dockerd": ("github.com/Mirantis/cri-dockerd",),
    "sysbox": ("github.com/nestybox/sysbox-runc",),
    "lxd": ("github.com/canonical/lxd",),
    "incus": ("github.com/lxc/incus", "github.com/lxc/incus/v6"),
    "singularity": ("github.com/sylabs/singularity", "github.com/sylabs/singularity/v4"),
    "apptainer": ("github.com/apptainer/apptainer",),
    "kata-containers": ("github.com/kata-containers/kata-containers/src/runtime",),
}
"""The Go modules that a component is. A program that holds several (k3s) tells each one's version by its module."""
