"""One root of trust: which version is in force, what it decides, and what other tools are told of it."""

import contextlib
import json
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from ringfence.cli import main
from ringfence.errors import Malformed, RingfenceError, UnreadableInput
from ringfence.formats import requirement_text, trust_document, trust_file
from ringfence.formats.dsse import Envelope, EnvelopeSignature
from ringfence.formats.trust_document import KeyEntry, Requirement, Rule, Signers, TrustDocument
from ringfence.io import clock
from ringfence.trust import root_of_trust
from ringfence.trust.exporting import containers_policy, cosign, decryption, kyverno, notation, policy_controller
from ringfence.trust.exporting.exported import Settings
from ringfence.trust.faults import Refused
from ringfence.trust.key_files import SigningKey
from trust import sample_layout
from trust.certificates import Authority, pem, private

NOW = datetime.fromisoformat(clock.now())
LATER = NOW + timedelta(days=30)
KEYS = {name: SigningKey(ec.generate_private_key(ec.SECP256R1()), name) for name in ("a", "b", "c", "d")}


def public(name: str) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return KEYS[name].public.key.public_bytes(serialization.Encoding.PEM, form).decode()


def signers(threshold: int, *names: str) -> Signers:
    return Signers(threshold=threshold, keys={name: public(name) for name in names})


@pytest.fixture
def root(tmp_path: Path) -> str:
    """A root in force: two of three signers."""
    path = str(tmp_path / "root.json")
    root_of_trust.begin(path, signers(2, "a", "b", "c"), LATER)
    root_of_trust.sign(path, KEYS["a"])
    root_of_trust.sign(path, KEYS["b"])
    return path


def change(path: str, **members: object) -> None:
    root_of_trust.keep_draft(path, msgspec.structs.replace(root_of_trust.draft(path), **members))


def newest(path: str, pin: root_of_trust.Pin | None = None, at: datetime = NOW) -> TrustDocument:
    return root_of_trust.in_force(root_of_trust.read(path), at, pin)


def test_a_version_is_in_force_when_enough_have_signed_it(tmp_path: Path) -> None:
    path = str(tmp_path / "root.json")
    root_of_trust.begin(path, signers(2, "a", "b"), LATER)
    assert "1 of the 2" in root_of_trust.sign(path, KEYS["a"]).lacking
    assert "1 of the 2" in root_of_trust.sign(path, KEYS["a"]).lacking, "twice is once"
    assert not Path(path).exists()
    with pytest.raises(Refused, match="none of those that may sign"):
        root_of_trust.sign(path, KEYS["c"])
    assert not root_of_trust.sign(path, KEYS["b"]).lacking
    assert newest(path).version == 1
    assert not Path(path + root_of_trust.DRAFT).exists()


def test_new_signers_are_let_in_by_the_old_ones_and_sign_themselves(root: str) -> None:
    change(root, signers=signers(2, "c", "d"))
    assert root_of_trust.sign(root, KEYS["c"]).lacking
    assert root_of_trust.sign(root, KEYS["d"]).lacking, "of the old ones only one has signed"
    assert not root_of_trust.sign(root, KEYS["a"]).lacking
    assert newest(root).version == 2
    change(root, default="accept")
    with pytest.raises(Refused, match="none of those"):
        root_of_trust.sign(root, KEYS["a"])


def test_a_file_that_somebody_else_made_is_no_next_version(root: str, tmp_path: Path) -> None:
    seen = root_of_trust.read(root)[-1]
    pin = root_of_trust.Pin(version=1, digest=root_of_trust.digest_of(seen))
    document = msgspec.structs.replace(seen.document, version=2, signers=signers(1, "d"))
    forged = str(tmp_path / "forged.json")
    root_of_trust.keep_draft(forged, document)
    root_of_trust.sign(forged, KEYS["d"])
    whole = trust_file.write((seen.envelope, root_of_trust.read(forged)[0].envelope))
    Path(forged).write_bytes(whole)
    with pytest.raises(Refused, match="0 of the 2 signers wanted by the version before it"):
        newest(forged)
    with pytest.raises(Refused, match="0 of the 2"):
        newest(forged, pin)
    Path(forged).write_bytes(trust_file.write((root_of_trust.read(forged)[1].envelope,)))
    with pytest.raises(Refused, match="is not the one that was seen before"):
        newest(forged, pin)


def test_an_older_version_is_not_taken_again_and_an_old_one_ends(root: str) -> None:
    old = Path(root).read_bytes()
    change(root, default="accept")
    for name in ("a", "c"):
        root_of_trust.sign(root, KEYS[name])
    pin = root_of_trust.Pin(version=2, digest=root_of_trust.digest_of(root_of_trust.read(root)[-1]))
    assert newest(root, pin).version == 2
    Path(root).write_bytes(old)
    with pytest.raises(Refused, match="version 2 was seen before"):
        newest(root, pin)
    with pytest.raises(Refused, match="ended at"):
        newest(root, at=LATER)


@given(st.data())
def test_a_changed_byte_of_a_signed_version_never_passes_for_another(data: st.DataObject) -> None:
    document = TrustDocument(id="0" * 32, version=1, expires=LATER, signers=signers(1, "a"))
    payload = trust_document.write(document)
    envelope = Envelope(payload=payload, payload_type=trust_document.PAYLOAD_TYPE, signatures=())
    sealed = msgspec.structs.replace(envelope, signatures=(EnvelopeSignature(sig=KEYS["a"].sign(envelope.signed())),))
    at = data.draw(st.integers(0, len(payload) - 1))
    damaged = payload[:at] + bytes((payload[at] ^ (1 << data.draw(st.integers(0, 6))),)) + payload[at + 1 :]
    file = trust_file.write((msgspec.structs.replace(sealed, payload=damaged),))
    with pytest.raises((Refused, Malformed, UnreadableInput)):
        root_of_trust.in_force(trust_file.parse(file), NOW)


@given(st.binary(max_size=200))
def test_any_bytes_are_no_root(data: bytes) -> None:
    for parse in (trust_file.parse, trust_document.parse):
        with pytest.raises(Malformed):
            parse(data)


def entry(name: str, **more: object) -> KeyEntry:
    return KeyEntry(public=public(name), **more)  # type: ignore[arg-type]  # of the test's own making


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"rules": (Rule(scope="a.example"),)}, "asks for nothing"),
        ({"rules": (Rule(scope="a.example", require=(Requirement(of=("x",)),)),)}, "names 'x'"),
        ({"rules": (Rule(scope="a.example", require=(Requirement(of=("k",), at_least=2),)),)}, "wants 2 of 1"),
        ({"rules": (Rule(scope="a", verdict="accept"), Rule(scope="a", verdict="reject"))}, "about one scope"),
        ({"signers": signers(2, "a")}, "wants 2 of 1 signers"),
        ({"entries": {"../x": entry("a")}}, "is no name"),
        ({"rules": (Rule(scope="a", require=(Requirement(of=("k",), predicate="spdx", where=("((",)),)),)}, "condition"),
    ],
)
def test_a_document_that_does_not_hold_together_is_not_signed(members: dict[str, object], said: str, root: str) -> None:
    start: dict[str, object] = {"entries": {"k": entry("a")}}
    with pytest.raises(Malformed, match=said):
        change(root, **{**start, **members})


@pytest.mark.parametrize(
    ("repository", "scope", "inside"),
    [
        ("a.example/x", "a.example", True),
        ("a.example/x", "a.example/x", True),
        ("a.example/xy", "a.example/x", False),
        ("b.a.example/x", "*.a.example", True),
        ("xa.example/x", "*.a.example", False),
        ("evil.example/b.a.example/x", "*.a.example", False),
        ("anything/at/all", "*", True),
    ],
)
def test_scopes_go_by_whole_parts(repository: str, scope: str, inside: bool) -> None:
    assert trust_document.under(repository, scope) is inside


def test_a_requirement_in_words() -> None:
    text = "2 of role:release,alice in signature,bundle stating spdx where count(packages) > 0 stamped by clock"
    assert requirement_text.parse(text) == Requirement(
        of=("role:release", "alice"),
        at_least=2,
        forms=("signature", "bundle"),
        predicate="https://spdx.dev/Document",
        where=("count(packages) > 0",),
        stamped=("clock",),
    )
    assert requirement_text.parse("1 of builders ci").builders == ("ci",)
    for wrong in ("", "two of a", "1 of", "1 of a b"):
        with pytest.raises(Malformed):
            requirement_text.parse(wrong)


class Company:
    """A root of trust made with the commands, and an image it is asked about."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.root, self.image = f"{folder}/root.json", f"oci:{folder}/image:v1"
        sample_layout.image(folder / "image")
        for name, key in (("board", "a"), ("release", "b"), ("build", "c")):
            (folder / f"{name}.key").write_bytes(private(KEYS[key]._key))  # type: ignore[arg-type]  # an EC key
            (folder / f"{name}.pub").write_text(public(key))
        self.ok("trust", "init", self.root, "--signer", f"{folder}/board.pub")

    def run(self, *words: str) -> tuple[int, str, str]:
        status = main.main(list(words))
        said = self.capsys.readouterr()
        return status, said.out, said.err

    def ok(self, *words: str) -> str:
        status, out, err = self.run(*words)
        assert status == 0, err
        return out

    def trust(self, what: str, *words: str) -> str:
        return self.ok("trust", what, self.root, *words)

    def sealed(self) -> None:
        assert "is in force" in self.trust("sign", "--key", f"{self.folder}/board.key")

    def sign(self, name: str, image: str = "") -> None:
        self.ok("sign", image or self.image, "--key", f"{self.folder}/{name}.key", "--name", "registry.example/team/app")

    def verify(self, image: str = "", name: str = "registry.example/team/app") -> tuple[int, str, str]:
        return self.run("verify", image or self.image, "--trust", self.root, "--identity", name)


@pytest.fixture
def company(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setenv("RINGFENCE_PASSPHRASE", "words")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return Company(tmp_path, capsys)


def test_an_image_passes_by_the_rule_of_its_scope(company: Company) -> None:
    folder = company.folder
    company.trust("add", "release", "key", f"{folder}/release.pub", "--role", "shipping")
    company.trust("add", "build", "key", f"{folder}/build.pub", "--role", "shipping")
    company.trust("rule", "registry.example", "--require", "1 of role:shipping")
    company.trust("rule", "registry.example/team", "--require", "2 of role:shipping", "--require", "1 of build stating spdx")
    company.trust("rule", "free.example", "--accept")
    assert company.run("verify", company.image, "--trust", company.root, "--identity", "x")[0] == 2, "only a draft"
    company.sealed()
    company.sign("release")
    status, out, err = company.verify()
    assert (status, "is refused (rule for registry.example/team)" in out) == (1, True)
    assert "1 of 2 wanted" in err
    assert "FAILS: a statement https://spdx.dev/Document of 1 of build" in err
    company.sign("build")
    (folder / "p.json").write_text("{}")
    words = ("--type", "spdx", "--predicate", f"{folder}/p.json", "--name", "registry.example/team/app")
    company.ok("attest", company.image, "--key", f"{folder}/build.key", *words)
    status, out, err = company.verify()
    assert (status, err) == (0, "")
    assert "passes (rule for registry.example/team)" in out
    assert company.verify(name="registry.example/other")[0] == 1, "the signatures name another repository"
    assert company.verify(name="free.example/x")[0] == 0
    assert "none is about other.example/x: reject" in company.verify(name="other.example/x")[2]


def test_signed_and_encrypted_is_one_rule(company: Company) -> None:
    folder = company.folder
    pairs = sample_layout.keys(folder)
    company.trust("add", "release", "key", f"{folder}/release.pub")
    company.trust("rule", "registry.example", "--require", "1 of release", "--encrypted", "every")
    company.sealed()
    company.sign("release")
    status, _, err = company.verify()
    assert (status, "every layer encrypted: 0 of 2 are" in err) == (1, True)
    secret = f"oci:{folder}/secret:v1"
    company.ok("encrypt", company.image, secret, "--recipient", pairs["jwe-ec"].recipient)
    assert company.verify(secret)[0] == 1, "encrypted, and signed by nobody"
    company.sign("release", secret)
    assert company.verify(secret)[0] == 0


def test_entries_count_in_their_time_and_place(company: Company) -> None:
    folder = company.folder
    company.trust("add", "old", "key", f"{folder}/release.pub", "--until", "2020-01-01")
    company.trust("add", "there", "key", f"{folder}/build.pub", "--scope", "registry.example/other")
    company.trust("rule", "registry.example", "--require", "1 of old,there")
    company.sealed()
    for name in ("release", "build"):
        company.sign(name)
    status, _, err = company.verify()
    assert (status, "of those asked for, 0 may vouch for registry.example/team/app today" in err) == (1, True)
    assert "old has ended" in company.trust("check")


def test_a_file_put_back_is_refused_by_whoever_saw_the_newer(company: Company) -> None:
    company.trust("rule", "default", "--accept")
    company.sealed()
    old = Path(company.root).read_bytes()
    assert company.verify()[0] == 0
    company.trust("rule", "default", "--reject")
    company.sealed()
    assert company.verify()[0] == 1
    Path(company.root).write_bytes(old)
    status, _, err = company.verify()
    assert (status, "version 2 was seen before" in err) == (1, True)
    assert company.run("trust", "check", company.root)[0] == 1


def test_a_builder_speaks_by_its_own_signers(company: Company) -> None:
    folder = company.folder
    for name in ("release", "build"):
        company.trust("add", name, "key", f"{folder}/{name}.pub")
    company.trust("add", "ci", "builder", "https://ci.example", "--level", "3", "--signed-by", "build")
    company.trust("add", "lab", "builder", "https://lab.example", "--signed-by", "release")
    company.trust("rule", "registry.example", "--require", "1 of builders ci")
    company.sealed()
    (folder / "p.json").write_text(json.dumps({"runDetails": {"builder": {"id": "https://ci.example"}}}))
    words = ["attest", company.image, "--type", "slsaprovenance", "--predicate", f"{folder}/p.json"]
    words += ["--name", "registry.example/team/app", "--key"]
    company.ok(*words, f"{folder}/release.key")
    assert company.verify()[0] == 1, "the lab says that CI built it"
    company.ok(*words, f"{folder}/build.key")
    assert company.verify()[0] == 0


def test_keys_are_rotated_and_entries_removed(company: Company) -> None:
    folder = company.folder
    company.trust("add", "release", "key", f"{folder}/release.pub")
    company.trust("rule", "registry.example", "--require", "1 of release")
    company.sealed()
    company.sign("build")
    assert company.verify()[0] == 1
    company.trust("rotate", "release", f"{folder}/build.pub")
    company.trust("rotate", "--add-signer", f"{folder}/release.pub", "--threshold", "2")
    assert "is a draft" in company.trust("sign", "--key", f"{folder}/board.key")
    assert "is in force" in company.trust("sign", "--key", f"{folder}/release.key")
    assert company.verify()[0] == 0
    assert company.run("trust", "remove", company.root, "release")[0] == 2, "a rule names it"
    company.trust("rule", "registry.example", "--remove")
    company.trust("remove", "release")
    assert "signers: 2 of board, release" in company.trust("show")
    assert json.loads(company.trust("show", "--json"))["version"] == 2


@pytest.mark.parametrize(
    "words",
    [
        ("add", "x", "key", "/none"),
        ("add", "x y", "key", "{folder}/build.pub"),
        ("add", "x", "jwe", "{folder}/build.key"),
        ("add", "x", "x509", "{folder}/build.pub", "--subject", "*"),
        ("add", "x", "sigstore", "{folder}/build.pub", "--subject", "a@b", "--issuer", "https://i"),
        ("add", "x", "key", "{folder}/build.pub", "--until", "soon"),
        ("remove", "x"),
        ("rotate", "x", "{folder}/build.pub"),
        ("rotate", "--remove-signer", "x"),
        ("rotate", "--threshold", "5"),
        ("rule", "a.example"),
        ("rule", "a.example", "--require", "1 of nobody"),
        ("rule", "default"),
        ("sign", "--key", "{folder}/build.key"),
        ("export", "--to", "nothing", "--output", "{folder}/out"),
    ],
)
def test_what_makes_no_sense_is_one_line(words: tuple[str, ...], company: Company) -> None:
    status, _, err = company.run("trust", words[0], company.root, *(w.format(folder=company.folder) for w in words[1:]))
    assert (status, err.count("\n")) == (2, 1)


def whole_document(folder: Path) -> TrustDocument:
    """A document with everything in it."""
    pairs = sample_layout.keys(folder)
    authority = Authority()
    samples = Path(__file__).parent / "keyless"
    return TrustDocument(
        id="0" * 32,
        version=1,
        expires=LATER,
        signers=signers(1, "a"),
        entries={
            "alice": entry("a"),
            "bob": entry("b"),
            "carol": entry("c", not_after=LATER),
            "gpg": trust_document.OpenPgpEntry(certificate=(folder / "pgp.pub").read_bytes()),
            "corp": trust_document.X509Entry(
                certificates=pem(authority.certificate).decode(), subjects=("x509.subject: C=US, ST=WA, O=example.org",)
            ),
            "person": trust_document.SigstoreEntry(
                root=(samples / "trusted_root.json").read_text(),
                subject="builder@example.test",
                issuer="https://issuer.example.test",
            ),
            "clock": trust_document.StampEntry(certificates=pem(authority.certificate).decode()),
            "reader": trust_document.RecipientEntry(scheme="jwe", public=Path(pairs["jwe-ec"].recipient[4:]).read_bytes()),
            "ci": trust_document.BuilderEntry(id="https://ci.example", level=3, signers=("alice",)),
        },
        rules=(
            Rule(scope="one.example/app", require=(Requirement(of=("alice",)),)),
            Rule(scope="any.example", require=(Requirement(of=("alice", "bob")),)),
            Rule(scope="both.example", require=(Requirement(of=("alice",)), Requirement(of=("gpg",)))),
            Rule(scope="most.example", require=(Requirement(of=("alice", "bob", "carol"), at_least=2),)),
            Rule(scope="gpg.example", require=(Requirement(of=("gpg",)),)),
            Rule(scope="corp.example/app", require=(Requirement(of=("corp",)),)),
            Rule(scope="person.example", require=(Requirement(of=("person",)),)),
            Rule(scope="secret.example", require=(Requirement(of=("alice",)),), encrypted="every"),
            Rule(
                scope="stated.example/app",
                require=(
                    Requirement(of=("bob",), predicate="spdx", where=("count(packages) > 0",)),
                    Requirement(builders=("ci",)),
                ),
            ),
            Rule(scope="free.example", verdict="accept"),
            Rule(scope="bad.example", verdict="reject"),
        ),
    )


EXPORTS = {
    "containers-policy": containers_policy.export,
    "notation": notation.export,
    "kyverno": kyverno.export,
    "policy-controller": policy_controller.export,
    "cosign": cosign.export,
    "containerd": decryption.containerd,
    "cri-o": decryption.crio,
}


@pytest.mark.parametrize("tool", EXPORTS)
def test_every_rule_is_in_an_export_or_is_told_to_be_missing(tool: str, tmp_path: Path) -> None:
    document = whole_document(tmp_path)
    made = EXPORTS[tool](document, Settings(now=NOW))
    text = "\n".join(data.decode() for data in made.files.values())
    lacks = "\n".join(made.lacks)
    assert "secret.example" in lacks, "no other tool asks for encryption"
    if tool in ("containerd", "cri-o"):
        assert "reader.pem" in text
        return
    for rule in document.rules:
        asked = rule.verdict == "check" or tool != "notation"
        assert not asked or rule.scope in text or rule.scope in lacks, rule.scope
    assert "count(packages) > 0" in lacks or "attestations" in lacks
    assert "when entries begin and end (carol)" in lacks


def test_a_policy_json_is_never_looser_than_the_rule(tmp_path: Path) -> None:
    made = containers_policy.export(whole_document(tmp_path), Settings(now=NOW, lookaside="https://sigs.example"))
    policy = json.loads(made.files["policy.json"])
    scopes = policy["transports"]["docker"]
    kinds = {scope: [rule["type"] for rule in rules] for scope, rules in scopes.items()}
    assert policy["default"] == [{"type": "reject"}]
    assert kinds == {
        "one.example/app": ["sigstoreSigned"],
        "any.example": ["sigstoreSigned"],
        "both.example": ["sigstoreSigned", "signedBy"],
        "most.example": ["sigstoreSigned"] * 3,
        "gpg.example": ["signedBy"],
        "corp.example/app": ["reject"],
        "person.example": ["sigstoreSigned"],
        "secret.example": ["sigstoreSigned"],
        "stated.example/app": ["reject"],
        "free.example": ["insecureAcceptAnything"],
        "bad.example": ["reject"],
    }
    assert len(scopes["any.example"][0]["keyDatas"]) == 2
    registries = yaml.safe_load(made.files["registries.d/ringfence.yaml"])
    assert registries["docker"]["gpg.example"] == {"use-sigstore-attachments": True, "lookaside": "https://sigs.example"}
    assert any("2 of alice, bob, carol: all of them" in line for line in made.lacks)


def test_objects_for_clusters_say_n_of_m_where_they_can(tmp_path: Path) -> None:
    document = whole_document(tmp_path)
    (policy,) = yaml.safe_load_all(kyverno.export(document, Settings(now=NOW)).files["kyverno.yaml"])
    rules = {rule["name"]: rule for rule in policy["spec"]["rules"]}
    most = rules["most-example-1"]["verifyImages"][0]
    assert (most["imageReferences"], most["attestors"][0]["count"]) == (["most.example/*"], 2)
    assert len(most["attestors"][0]["entries"]) == 3
    assert "gpg.example/*" in rules["rejected-images"]["validate"]["pattern"]["spec"]["containers"][0]["image"]
    assert rules["person-example-1"]["verifyImages"][0]["attestors"][0]["entries"][0]["keyless"]["roots"].startswith(
        "-----BEGIN"
    )
    objects = list(yaml.safe_load_all(policy_controller.export(document, Settings(now=NOW)).files["policy-controller.yaml"]))
    kinds = [item["kind"] for item in objects]
    assert kinds[-2:] == ["TrustRoot", "ConfigMap"]
    most_of = [item for item in objects if "most-example" in item["metadata"]["name"]]
    assert len(most_of) == 3, "n of m becomes all of m"
    assert objects[-1]["data"] == {"no-match-policy": "deny"}


def test_notation_gets_a_policy_and_the_store_it_names(tmp_path: Path) -> None:
    made = notation.export(whole_document(tmp_path), Settings(now=NOW))
    policies = {item["registryScopes"][0]: item for item in json.loads(made.files["trustpolicy.oci.json"])["trustPolicies"]}
    assert policies["corp.example/app"]["trustStores"] == ["ca:corp", "tsa:clock"]
    assert "truststore/x509/ca/corp/certificates.pem" in made.files
    assert set(policies) == {"corp.example/app"}


def test_cosigns_trusted_root_is_one(tmp_path: Path) -> None:
    from ringfence.trust import keyless

    made = cosign.export(whole_document(tmp_path), Settings(now=NOW))
    root = keyless.trusted_root(made.files["trusted_root.json"], "exported")
    bundle = (Path(__file__).parent / "keyless" / "keyless_dsse.json").read_bytes()
    keyless.verify(bundle, keyless.KeylessSigner("x", root, "builder@example.test", "https://issuer.example.test"))


def test_the_command_writes_the_files_and_says_what_is_missing(company: Company) -> None:
    folder = company.folder
    company.trust("add", "release", "key", f"{folder}/release.pub")
    company.trust("rule", "registry.example", "--require", "1 of release")
    company.sealed()
    status, out, err = company.run("trust", "export", company.root, "--output", f"{folder}/out")
    assert status == 3, "a policy.json does not judge local images"
    assert f"{folder}/out/policy.json" in out
    assert "containers-policy cannot say" in err
    assert company.run("trust", "export", company.root, "--to", "cosign", "--output", f"{folder}/out")[0] == 0


@given(st.text(max_size=80))
def test_any_words_are_a_requirement_or_one_error(text: str) -> None:
    with contextlib.suppress(RingfenceError):
        assert requirement_text.parse(text).at_least >= 0
