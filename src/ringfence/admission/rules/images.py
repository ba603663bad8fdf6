"""Which images run: where from, named how, vouched for by whom, and found to hold what."""

import datetime as dt

from ringfence.admission.broken import Found, Judged, by, image_of, listed
from ringfence.admission.evidence import Evidence, Scan
from ringfence.admission.patterns import image, image_fits
from ringfence.formats.admission_policy import ImageRules, ScanRule
from ringfence.model.knowledge import Known, Unknown


def allowed(rules: ImageRules, pod: Judged) -> Found:
    """`allowed`: no other images."""
    if rules.allowed is not None:
        for item in pod.containers:
            if not image_fits(rules.allowed, image_of(item)):
                yield by(item, f"must not run {image_of(item)!r} (allowed: {listed(rules.allowed)})", item.container.at)


def forbidden(rules: ImageRules, pod: Judged) -> Found:
    """`forbidden`: none of these images, and nothing that names no image."""
    for item in pod.containers:
        if rules.forbidden and (image(image_of(item)) is None or image_fits(rules.forbidden, image_of(item))):
            yield by(item, f"must not run {image_of(item)!r}", item.container.at)


def tags(rules: ImageRules, pod: Judged) -> Found:
    """`forbiddenTags`: none of these tags, `latest` also where none is written; a digest makes the tag mean nothing."""
    for item in pod.containers if rules.forbidden_tags else ():
        named = image(image_of(item))
        if named is None or (not named.digest and named.tag in rules.forbidden_tags):
            yield by(item, f"must not run {image_of(item)!r} by a tag of {listed(rules.forbidden_tags)}", item.container.at)


def digest(rules: ImageRules, pod: Judged) -> Found:
    """`digest: true`: every image is named by its digest."""
    for item in pod.containers if rules.digest else ():
        named = image(image_of(item))
        if named is None or not named.digest:
            yield by(item, f"must name its image {image_of(item)!r} by digest (NAME@sha256:...)", item.container.at)


def signatures(rules: ImageRules, pod: Judged, evidence: Evidence) -> Found:
    """`signatures`: every image that a rule is for is vouched for by enough of its keys."""
    for item in pod.containers:
        for rule in rules.signatures:
            if not image_fits(rule.images, image_of(item)):
                continue
            match evidence.refused(image_of(item), rule):
                case Unknown(reason):
                    message = f"runs {image_of(item)!r}, of which it cannot be told who vouches for it: {reason}"
                    yield by(item, message, item.container.at)
                case Known(why) if why:
                    yield by(item, f"runs {image_of(item)!r}, for which too few vouch: {why}", item.container.at)


def scans(rules: ImageRules, pod: Judged, evidence: Evidence, today: str) -> Found:
    """`scan`: the last scan of every image is not too old and found nothing that is too bad."""
    if rules.scan is None:
        return
    for item in pod.containers:
        match evidence.scan(image_of(item)):
            case Unknown(reason):
                if not rules.scan.unscanned:
                    message = f"runs {image_of(item)!r}, of which no scan can be read: {reason}"
                    yield by(item, message, item.container.at)
            case Known(None):
                if not rules.scan.unscanned:
                    yield by(item, f"runs {image_of(item)!r}, which was not scanned", item.container.at)
            case Known(found):
                for wrong in _found(rules.scan, found, today) if found else ():
                    yield by(item, f"runs {image_of(item)!r}, {wrong}", item.container.at)


def _found(rule: ScanRule, scan: Scan, today: str) -> tuple[str, ...]:
    said = []
    if rule.fail_on is not None and scan.worst is not None and scan.worst.rank <= rule.fail_on.rank:
        said.append(f"of which the scan of {scan.day} found something {scan.worst}")
    if rule.secrets and scan.secrets:
        said.append(f"in which the scan of {scan.day} found {scan.secrets} secret{'s' if scan.secrets > 1 else ''}")
    if rule.max_age_days and not rule.unscanned:
        age = (dt.date.fromisoformat(today) - dt.date.fromisoformat(scan.day)).days
        if age > rule.max_age_days:
            said.append(f"of which the last scan is {age} days old (allowed: {rule.max_age_days})")
    return tuple(said)
