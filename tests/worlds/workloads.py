"""Real workloads out of Debian packages: how each is started, exercised and confined. One image has them all."""

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

PACKAGES = (
    "nginx-light", "postgresql-15", "redis-server", "redis-tools", "python3", "nodejs", "caddy", "bsh",
    "openjdk-17-jre-headless", "curl",
)  # fmt: skip
PROGRAMS = Path(__file__).parent / "workload_programs"
LIMITS = ("--ulimit=nofile=1024:1024", "--ulimit=nproc=1000:1000", "--network=none", "--stop-timeout=2")


class Workload(NamedTuple):
    """A command in the image; `client` is run in a second container that shares its network, until it succeeds.

    `options` confine it, in the recording and afterwards. A workload without a client is a job: it ends by itself.
    """

    name: str
    command: str
    client: str = ""
    options: tuple[str, ...] = ()


def _get(url: str, times: int = 50) -> str:
    """Waits until the address answers, then asks it often, over one connection and over new ones."""
    wait = f"for i in $(seq 100); do curl -sf {url} >/dev/null && break; sleep 0.1; done"
    return f"{wait}; for i in $(seq {times // 10}); do curl -sf {url} {' '.join([url] * 9)} >/dev/null || exit 9; done"


POSTGRES = "export PATH=/usr/lib/postgresql/15/bin:$PATH"
NOBODY = ("--user=65534:65534",)
WORKLOADS = (
    Workload(
        "nginx",
        "exec nginx -g 'daemon off;'",
        f"{_get('http://127.0.0.1/')}; for more in '-r 0-9' -I '-d x'; do curl -s $more http://127.0.0.1/ >/dev/null; done",
        ("--tmpfs=/var/lib/nginx", "--tmpfs=/var/log/nginx"),
    ),
    Workload(
        "postgres",
        f"{POSTGRES}; initdb -D /tmp/data >/dev/null; exec postgres -D /tmp/data -k /tmp -F",
        f"{POSTGRES}; for i in $(seq 150); do pg_isready -q -h 127.0.0.1 && break; sleep 0.1; done; "
        "pgbench -q -i -s 1 -h 127.0.0.1 -U postgres postgres 2>/dev/null && "
        "pgbench -h 127.0.0.1 -U postgres -c 4 -j 2 -T 2 postgres >/dev/null && "
        "psql -q -h 127.0.0.1 -U postgres -c 'vacuum full' -c 'checkpoint' postgres",
        ("--user=postgres",),
    ),
    Workload(
        "redis",
        "exec redis-server --bind 127.0.0.1 --dir /tmp --appendonly yes",
        "for i in $(seq 100); do redis-cli -h 127.0.0.1 ping >/dev/null 2>&1 && break; sleep 0.1; done; "
        "redis-benchmark -h 127.0.0.1 -q -n 2000 >/dev/null && redis-cli -h 127.0.0.1 bgsave >/dev/null && sleep 0.5 && "
        "redis-cli -h 127.0.0.1 bgrewriteaof >/dev/null && sleep 0.5",
        ("--user=redis",),
    ),
    Workload("python", "exec python3 /srv/app/app.py", _get("http://127.0.0.1:8080/x"), NOBODY),
    Workload("node", "exec node /srv/app/app.js", _get("http://127.0.0.1:8080/x"), NOBODY),
    Workload(
        "go-caddy",
        "exec caddy file-server --listen 127.0.0.1:8080 --root /srv/app",
        _get("http://127.0.0.1:8080/job.sh"),
        (*NOBODY, "--env=HOME=/tmp"),
    ),
    Workload(
        "c-static",
        "exec /srv/app/busybox httpd -f -p 127.0.0.1:8080 -h /srv/app",
        _get("http://127.0.0.1:8080/job.sh"),
        NOBODY,
    ),
    Workload("shell-job", "exec sh /srv/app/job.sh", options=NOBODY),
    Workload(
        "jvm",
        "exec java -Xmx128m -cp /usr/share/java/bsh.jar bsh.Interpreter /srv/app/server.bsh",
        _get("http://127.0.0.1:8080/"),
        NOBODY,
    ),
)


def build(folder: Path, image: str) -> None:
    """Makes the image under that name, and in `folder` what the containers see as /srv/app."""
    archive = folder / "image.tar"
    include = f"--include={','.join(PACKAGES)}"
    unwanted = ("doc", "locale", "i18n")
    slim = ("--dpkgopt=force-unsafe-io", *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in unwanted))
    words = ("mmdebstrap", "--mode=root", "--variant=minbase", include, *slim, "bookworm", str(archive))
    subprocess.run(words, check=True, capture_output=True, timeout=1800)
    subprocess.run(["podman", "import", "--quiet", str(archive), image], check=True, capture_output=True, timeout=300)
    archive.unlink()
    furnish(folder)


def furnish(folder: Path) -> None:
    """The workloads' own files, a static busybox, and the prober of dangerous calls."""
    for file in PROGRAMS.iterdir():
        shutil.copy(file, folder)
    shutil.copy("/bin/busybox", folder / "busybox")
    flags = ("-O1", "-static", "-nostdlib", "-ffreestanding", "-fno-stack-protector")
    subprocess.run(["gcc", *flags, "-o", str(folder / "probe"), str(folder / "probe.c")], check=True, timeout=60)
    for file in (folder, *folder.iterdir()):
        file.chmod(0o755)


def options(workload: Workload, folder: Path) -> tuple[str, ...]:
    """Words for `podman run`: read-only root, its limits, and what the workload is given."""
    return (*LIMITS, "--read-only", f"--volume={folder}:/srv/app:ro", *workload.options)


def exercise(workload: Workload, image: str) -> str:
    """The line of the shell that exercises a running workload, from a container beside it; empty for a job."""
    if not workload.client:
        return ""
    quoted = workload.client.replace("'", "'\\''")
    beside = '--network="container:$RINGFENCE_CONTAINER"'
    limits = " ".join(word for word in LIMITS if not word.startswith(("--network", "--stop")))
    return f"exec podman --runtime runc run --rm {limits} {beside} {image} sh -c '{quoted}'"
