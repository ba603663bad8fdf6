"""Layer encryption and decryption against skopeo: wall time of whole commands, the same 60 MB layer, interleaved in one run.

Budget: at most half of skopeo's time. Also the peak memory of ours for that layer and for one four times as large.
"""

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ROUNDS = 7
LAYER_BYTES = 60 * 1024 * 1024


def made(folder: Path, size: int) -> None:
    """An OCI layout whose one layer has `size` bytes that do not compress."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def put(data: bytes, media_type: str) -> dict[str, object]:
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}

    plain = os.urandom(size)
    diff_id = f"sha256:{hashlib.sha256(plain).hexdigest()}"
    config = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [diff_id]}}
    manifest = {
        "schemaVersion": 2,
        "config": put(json.dumps(config).encode(), "application/vnd.oci.image.config.v1+json"),
        "layers": [put(gzip.compress(plain, 1), "application/vnd.oci.image.layer.v1.tar+gzip")],
    }
    entry = put(json.dumps(manifest).encode(), "application/vnd.oci.image.manifest.v1+json")
    entry["annotations"] = {"org.opencontainers.image.ref.name": "v1"}
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))


def timed(words: list[str], target: Path) -> tuple[float, float, int]:
    """Wall and CPU seconds of a command that writes into `target`, and the peak memory (KiB) of its process."""
    shutil.rmtree(target, ignore_errors=True)
    # An installed ringfence has its modules compiled.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} failed with {process.returncode}")
    return time.perf_counter() - before, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def compared(direction: str, pair: dict[str, list[str]], target: Path) -> None:
    """One line: both tools in turn, the medians, and the ratios."""
    seen: dict[str, list[tuple[float, float, int]]] = {tool: [] for tool in pair}
    for _ in range(ROUNDS):
        for tool, words in pair.items():
            seen[tool].append(timed(words, target))
    (wall, cpu), (their_wall, their_cpu) = (
        (median(run[0] for run in seen[tool]), median(run[1] for run in seen[tool])) for tool in ("ringfence", "skopeo")
    )
    peak = max(run[2] for run in seen["ringfence"]) >> 10
    print(
        f"{direction}  wall {wall:.2f} s, skopeo {their_wall:.2f} s, ratio {wall / their_wall:.2f} (budget 0.5)"
        f"  CPU {cpu:.2f} s, skopeo {their_cpu:.2f} s, ratio {cpu / their_cpu:.2f}  peak {peak} MiB"
    )


def main() -> None:
    """Measures and prints a table."""
    if shutil.which("skopeo") is None:
        raise SystemExit("needs skopeo (Debian package skopeo)")
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        # In a process of its own: a child's peak memory starts from that of the process which started it.
        for target, size in ((work / "plain", LAYER_BYTES), (work / "large", 4 * LAYER_BYTES)):
            subprocess.run([sys.executable, __file__, str(target), str(size)], check=True)
        key = rsa.generate_private_key(65537, 2048)
        pem, public = serialization.Encoding.PEM, key.public_key()
        (work / "key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        (work / "pub").write_bytes(public.public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo))
        ours, skopeo = [sys.executable, "-m", "ringfence"], ["skopeo", "--insecure-policy", "copy", "-q"]
        source, enc, out = f"oci:{work}/plain:v1", f"oci:{work}/enc:v1", f"oci:{work}/out:v1"
        timed([*ours, "encrypt", source, enc, "--recipient", f"jwe:{work}/pub"], work / "enc")
        encrypting = {
            "ringfence": [*ours, "encrypt", source, out, "--recipient", f"jwe:{work}/pub"],
            "skopeo": [*skopeo, "--encryption-key", f"jwe:{work}/pub", source, out],
        }
        decrypting = {
            "ringfence": [*ours, "decrypt", enc, out, "--key", f"{work}/key"],
            "skopeo": [*skopeo, "--decryption-key", f"{work}/key", enc, out],
        }
        compared("encrypt", encrypting, work / "out")
        compared("decrypt", decrypting, work / "out")
        large = [*ours, "encrypt", f"oci:{work}/large:v1", out, "--recipient", f"jwe:{work}/pub"]
        print(f"peak memory for a layer four times as large: {timed(large, work / 'out')[2] >> 10} MiB")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        made(Path(sys.argv[1]), int(sys.argv[2]))
    else:
        main()
