"""How an upgrade is made: raised, renewed or overruled, by who asks for the package and how."""

from ringfence.advisories.upgrade import Upgrade
from ringfence.formats.declared import Declared
from ringfence.formats.locked import Member, Need
from ringfence.layers.application.evaluate.chains import settled
from ringfence.layers.application.evaluate.mending import How, Mend, mends
from ringfence.layers.application.facts import Declaration, Dependency, Manifest
from ringfence.model.knowledge import Known
from ringfence.model.location import Location
from ringfence.model.package import Package

LOCK = "package-lock.json"


def lock(*asked: Need, needed: str = "^2.0.0") -> Manifest:
    """m asks for a and what is given; a needs b."""
    rows = (("a", "1.0.0", (Need(key="b", specifier=needed),)), ("b", "2.0.0", ()))
    return settled(
        Manifest(
            path=LOCK,
            ecosystem="npm",
            lock=True,
            members=(Member(name="m", asks=(Need(key="a", specifier="^1"), *asked)),),
            dependencies=tuple(
                Dependency(
                    name=name,
                    ecosystem="npm",
                    specifier=version,
                    key=name,
                    needs=needs,
                    at=Location(path=LOCK, line=number),
                )
                for number, (name, version, needs) in enumerate(rows, 1)
            ),
            packages=tuple(
                Package(
                    purl=f"pkg:npm/{name}@{version}",
                    name=name,
                    version=version,
                    ecosystem="npm",
                    locations=(Location(path=LOCK, line=number),),
                )
                for number, (name, version, _) in enumerate(rows, 1)
            ),
        ),
        (),
    )


def declared(name: str, specifier: str) -> Declaration:
    return Declaration(
        path="package.json",
        ecosystem="npm",
        declares=Known(1),
        locks=(LOCK,),
        asks=(Declared(name=name, specifier=specifier, line=3),),
    )


def mend(manifest: Manifest, to: str, *declarations: Declaration) -> Mend:
    (package,) = [item for item in manifest.packages if item.name == "b"]
    (found,) = mends(manifest, declarations, {package: Upgrade(to=to, step="minor", mends=("CVE-1-1",))})
    return found


def test_all_who_need_it_let_it_in() -> None:
    found = mend(lock(), "2.1.0")
    assert (found.how, found.command) == (How.RENEW, "npm update b --package-lock-only")
    assert "a 1.0.0 lets 2.1.0 in" in found.because


def test_somebody_stands_in_the_way() -> None:
    found = mend(lock(), "3.0.0")
    assert (found.how, "a 1.0.0 asks for ^2.0.0" in found.because) == (How.OVERRIDE, True)


def test_the_range_is_not_kept() -> None:
    assert mend(lock(needed=""), "3.0.0").how is How.UNTOLD


def test_direct_and_let_in_by_the_manifest() -> None:
    found = mend(lock(Need(key="b", specifier="^2")), "2.1.0", declared("b", "^2"))
    assert (found.how, found.raises) == (How.RENEW, ())


def test_direct_and_kept_out_by_the_manifest() -> None:
    found = mend(lock(Need(key="b", specifier="^2")), "3.0.0", declared("b", "^2"))
    assert found.how is How.RAISE
    assert [(item.path, item.line, item.old, item.to) for item in found.raises] == [("package.json", 3, "^2", "3.0.0")]
    assert found.command == "npm install --package-lock-only"
