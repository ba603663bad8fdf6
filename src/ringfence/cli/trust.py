"""Make keys, and keep one root of trust: a signed file that says whose word counts, for which images, and what they need.

'ringfence trust key PREFIX' makes PREFIX.key (ECDSA P-256, encrypted with the passphrase in the environment, as cosign reads
it) and PREFIX.pub. The other words are about the file. Changes gather in FILE.draft; they are in force when enough of its
signers, of the version before and of the new one, have signed ('ringfence trust sign'). 'ringfence verify --trust FILE
IMAGE' decides by it, and 'ringfence trust export' writes the configuration of other tools, saying what those cannot express
(exit status 3).
"""

import argparse

from ringfence.cli import extras, places
from ringfence.cli.command import Command
from ringfence.errors import WrongUsage

COMMAND = Command(slug="trust", order=83)
KINDS = ("key", "openpgp", "x509", "sigstore", "tsa", "jwe", "pkcs7", "pgp", "builder")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence trust`."""
    words = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    key = words.add_parser("key", help="make a key pair")
    key.add_argument("prefix", metavar="PREFIX", help="where the pair goes: PREFIX.key and PREFIX.pub")
    _editing(words)
    sign = _word(words, "sign", "sign the draft; with enough signatures it is in force")
    sign.add_argument("--key", metavar="KEY", required=True, help="private key of a signer, as 'ringfence sign' takes it")
    show = _word(words, "show", "say what the file holds")
    show.add_argument("--json", action="store_true", help="the newest version as JSON")
    check = _word(words, "check", "is it in force, who signed it, what does the draft lack")
    check.add_argument("--anchor", metavar="FILE", help="a copy that is known to be good, to begin from")
    export = _word(words, "export", "write the configuration of other tools")
    export.add_argument(
        "--to", metavar="TOOL", action="append", default=[], help="one of them (default: all; may be repeated)"
    )
    export.add_argument("--output", "-o", metavar="DIR", required=True, help="where it goes")
    export.add_argument("--lookaside", metavar="URL", default="", help="where OpenPGP signatures lie, for registries.d")


def _word(words: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, told: str) -> argparse.ArgumentParser:
    parser = words.add_parser(name, help=told)
    parser.add_argument("file", metavar="FILE", help="the root of trust")
    return parser


def _editing(words: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    init = _word(words, "init", "begin a root of trust")
    init.add_argument("--signer", metavar="FILE", action="append", required=True, help="public key of a signer (repeat)")
    init.add_argument("--threshold", metavar="N", type=int, default=1, help="how many of them must sign (default: 1)")
    init.add_argument("--days", metavar="N", type=int, default=365, help="how long a version lasts (default: 365)")
    add = _word(words, "add", "add an entry")
    add.add_argument("name", metavar="NAME", help="what it is called")
    add.add_argument("kind", metavar="KIND", choices=KINDS, help=", ".join(KINDS))
    add.add_argument("path", metavar="FILE", help="its public key, certificate or trusted root; of a builder its id")
    add.add_argument("--scope", metavar="SCOPE", action="append", default=[], help="counts only there (may be repeated)")
    add.add_argument("--role", metavar="ROLE", action="append", default=[], help="a role it has (may be repeated)")
    add.add_argument("--from", dest="begin", metavar="DAY", help="counts from this day (YYYY-MM-DD)")
    add.add_argument("--until", metavar="DAY", help="counts until this day")
    add.add_argument("--subject", metavar="NAME", action="append", default=[], help="x509, sigstore: who may sign")
    add.add_argument("--issuer", metavar="URL", default="", help="sigstore: by whose word")
    add.add_argument("--authority", action="store_true", help="x509: a signing authority, whose word on the time counts")
    add.add_argument("--revocation", choices=("enforce", "log", "skip"), default="log", help="x509 (default: log)")
    add.add_argument("--level", metavar="N", type=int, default=1, help="builder: its SLSA level")
    add.add_argument(
        "--signed-by", metavar="NAME", action="append", default=[], help="builder: the entries that sign for it"
    )
    _word(words, "remove", "remove an entry").add_argument("name", metavar="NAME", help="what it is called")
    rotate = _word(words, "rotate", "replace the key of an entry, or change the signers")
    rotate.add_argument("name", metavar="NAME", nargs="?", help="the entry")
    rotate.add_argument("path", metavar="FILE", nargs="?", help="its new key, certificate or trusted root")
    rotate.add_argument("--add-signer", metavar="FILE", action="append", default=[], help="public key of a new signer")
    rotate.add_argument("--remove-signer", metavar="NAME", action="append", default=[], help="a signer that goes")
    rotate.add_argument("--threshold", metavar="N", type=int, help="how many signers must sign from now on")
    rotate.add_argument("--days", metavar="N", type=int, help="the new version ends after so many days")
    rule = _word(words, "rule", "say what images of a scope need")
    rule.add_argument("scope", metavar="SCOPE", help="HOST[/PATH], *.HOST, *, or 'default' for images of no rule")
    rule.add_argument(
        "--require",
        metavar="TEXT",
        action="append",
        default=[],
        help="'N of [builders] NAME,role:ROLE [in FORM,...] [stating TYPE] [where CONDITION] [stamped by NAME]'",
    )
    rule.add_argument("--encrypted", choices=("any", "every"), default="", help="a layer, or every layer, is encrypted")
    rule.add_argument("--name", metavar="NAME", default="own", help="what signatures must name: own (default), any, or this")
    rule.add_argument("--accept", action="store_true", help="let them pass unseen")
    rule.add_argument("--reject", action="store_true", help="let none pass")
    rule.add_argument("--remove", action="store_true", help="take the rule away")


def run(options: argparse.Namespace) -> int:
    """Does what the word says."""
    with extras.needs("trust"):
        if options.what == "key":
            return _key(options)
        if options.what == "export":
            from ringfence.cli import trust_export

            return trust_export.run(options)
        from ringfence.cli import trust_file

        return trust_file.run(options)


def _key(options: argparse.Namespace) -> int:
    from ringfence.trust import key_files

    secret = places.passphrase()
    if secret is None:
        raise WrongUsage("there is no passphrase for the new key", mend=f"set {places.PASSPHRASE} (empty for none)")
    for path in key_files.generate(options.prefix, secret):
        print(path)
    return 0
