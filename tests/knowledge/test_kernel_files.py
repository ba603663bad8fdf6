import os
import re
from pathlib import Path

import msgspec
import pytest

from ringfence.advisories.feeds import kernel_cna
from ringfence.io.bucket import open_bucket
from ringfence.knowledge import kernel_files
from ringfence.model.kernel_source import BuildRule

TABLE = kernel_files.load()

KNOWN = {
    "net/netfilter/nf_tables_api.c": ("CONFIG_NF_TABLES", "nf_tables"),
    "net/sched/cls_u32.c": ("CONFIG_NET_CLS_U32", "cls_u32"),
    "crypto/algif_aead.c": ("CONFIG_CRYPTO_USER_API_AEAD", "algif_aead"),
    "fs/overlayfs/copy_up.c": ("CONFIG_OVERLAY_FS", "overlay"),
    "fs/fuse/dev.c": ("CONFIG_FUSE_FS", "fuse"),
    "fs/cifs/smb2pdu.c": ("CONFIG_CIFS", "cifs"),
    "net/vmw_vsock/af_vsock.c": ("CONFIG_VSOCKETS", "vsock"),
    "drivers/net/ethernet/intel/e1000e/netdev.c": ("CONFIG_E1000E", "e1000e"),
    "net/tls/tls_sw.c": ("CONFIG_TLS", "tls"),
}
"""Read in the Makefiles by eye."""


@pytest.mark.parametrize("path", KNOWN)
def test_files_of_which_everybody_knows_the_option(path: str) -> None:
    rules = TABLE.rules(path, "6.12.1")
    assert rules
    assert {(rule.options[0], rule.module) for rule in rules} == {KNOWN[path]}


def test_what_every_kernel_has_asks_for_no_option() -> None:
    assert TABLE.rules("kernel/fork.c", "6.1.119") == (BuildRule(built_in=True),)
    assert all("CONFIG_IO_URING" in rule.options for rule in TABLE.rules("io_uring/net.c", "6.12.1") or ())
    assert all("CONFIG_BPF" in rule.options for rule in TABLE.rules("kernel/bpf/verifier.c", "6.12.1") or ())


def test_outside_the_versions_read_a_file_counts_only_where_all_agree() -> None:
    assert TABLE.rules("net/sched/act_ipt.c", "6.1.100")
    assert TABLE.rules("net/sched/act_ipt.c", "6.18.1") is None
    assert TABLE.rules("net/sched/act_ipt.c", "5.10.1") is None
    assert TABLE.rules("net/sched/cls_u32.c", "6.18.1")
    assert TABLE.rules("no/such/file.c", "6.12.1") is None
    assert TABLE.rules("net/sched/cls_u32.c", "no version") is None


def test_every_name_is_one_kconfig_and_modprobe_could_have() -> None:
    assert len(TABLE) > 30_000
    for path, found in TABLE._rules.items():
        assert path.endswith(".c")
        assert not path.startswith("/")
        for rule, versions in found.items():
            assert versions <= set(TABLE.versions)
            assert all(re.fullmatch(r"CONFIG_[A-Za-z0-9_]+", name) for name in rule.options), rule
            assert re.fullmatch(r"[\w]*", rule.module), (path, rule)


def test_a_rule_survives_json() -> None:
    rule = BuildRule(options=("CONFIG_TLS", "CONFIG_NET"), module="tls")
    assert msgspec.json.decode(msgspec.json.encode(rule), type=BuildRule) == rule


DATA = Path(os.environ.get("RINGFENCE_TEST_DATA", "/nonexistent")) / "advisories" / "kernel"
WHOLLY = ("fs/", "net/netfilter/", "kernel/bpf/", "kernel/", "mm/", "io_uring/", "crypto/", "block/", "security/")
"""Folders of which every source file that a record names is in the table."""


@pytest.mark.conformance
@pytest.mark.skipif(not DATA.is_dir(), reason="RINGFENCE_TEST_DATA names no folder with advisories/kernel")
def test_the_files_that_kernel_records_name_are_in_the_table() -> None:
    """Of 3,727 records of the kernel's numbering authority: nearly every C file, and every one where containers reach."""
    bucket = open_bucket(str(DATA / "kernel-cna-cve5-2024-10-24.ndjson.zst"))
    (subject,) = kernel_cna.ecosystems(bucket)
    delivery = kernel_cna.deliver(bucket, subject, {}, lambda _name, _why: None)
    assert delivery is not None
    files = [file for record, _ in delivery.records for file in getattr(record, "files", ()) if file.endswith(".c")]
    unknown = [file for file in files if TABLE.rules(file, "6.12") is None and TABLE.rules(file, "6.1") is None]
    assert len(files) > 4_000
    assert len([file for file in unknown if not file.startswith("tools/")]) < len(files) * 0.01
    assert not [file for file in unknown if file.startswith(WHOLLY)]
