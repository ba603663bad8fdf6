#!/bin/sh
# Takes cosign, skopeo and containerd of Debian 13 beside an older Debian, for the tests of interoperation: nothing is installed, all
# of it lies in the folder named, and RINGFENCE_DEBIAN13 tells the tests of it. Says what it does.
set -eu

folder=${1:?"usage: tests/install-beside.sh FOLDER"}
packages="cosign skopeo containerd libc6 libgpgme11t64 libassuan9 libgpg-error0 libsqlite3-0 libsubid5 libaudit1 libselinux1 libpcre2-8-0"
mkdir -p "$folder/apt/state/lists/partial" "$folder/apt/cache/archives/partial" "$folder/root" "$folder/bin"
folder=$(cd "$folder" && pwd)
: >"$folder/apt/state/status"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
mirror=${RINGFENCE_DEBIAN_MIRROR:-http://deb.debian.org/debian}
echo "deb [signed-by=$keyring] $mirror trixie main" >"$folder/apt/sources.list"
apt() {
    tool=$1
    shift
    "$tool" -qq -o Dir::Etc::sourcelist="$folder/apt/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State="$folder/apt/state" \
        -o Dir::State::status="$folder/apt/state/status" -o Dir::Cache="$folder/apt/cache" -o APT::Sandbox::User=root "$@"
}
echo "install-beside: taking from Debian 13 into $folder: $packages"
apt apt-get update
(cd "$folder/apt/cache/archives" && for package in $packages; do apt apt-get download "$package"; done)
for file in "$folder"/apt/cache/archives/*.deb; do dpkg -x "$file" "$folder/root"; done
libraries="$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu"
loader=$(find "$folder/root" -name 'ld-linux-*.so.2' | head -n 1)
for program in cosign skopeo containerd; do
    printf '#!/bin/sh\nexec "%s" --library-path "%s" "%s" "$@"\n' "$loader" "$libraries" "$folder/root/usr/bin/$program" \
        >"$folder/bin/$program"
    chmod 755 "$folder/bin/$program"
done
echo "install-beside: export RINGFENCE_DEBIAN13=$folder"
