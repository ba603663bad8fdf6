#!/bin/sh
# Installs the Debian packages that the live tests use, and says so. Does nothing where they are all there.
set -eu

packages="podman buildah skopeo runc crun mmdebstrap busybox-static conmon iptables libcap2-bin zstd gnupg rpm gcc libc6-dev"
packages="$packages docker-registry apparmor secilc strace softhsm2 openssl"
# The tools whose orders of versions ours are held to: npm, Maven, RubyGems, Composer.
packages="$packages nodejs node-semver default-jre-headless libmaven3-core-java ruby php-cli php-composer-semver"

command -v dpkg-query >/dev/null 2>&1 || {
    echo "make test: not a Debian system; install by hand for the live tests: $packages" >&2
    exit 0
}
missing=""
for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1; then
    as_root="sudo"
else
    echo "make test: no root and no sudo: the live tests will skip for want of:$missing" >&2
    exit 0
fi
echo "make test: installing Debian packages:$missing"
$as_root apt-get update -qq
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
