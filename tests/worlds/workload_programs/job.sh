#!/bin/sh
# A batch job: finds, sorts, filters, packs and compares files.
set -eu
cd /tmp
find /etc /usr/share/perl-base -type f 2>/dev/null | sort | head -n 200 > list
xargs sha256sum < list > sums 2>/dev/null || true
awk '{ print $1 }' sums | sort -u | wc -l > count
tar -cf packed.tar -T list 2>/dev/null || true
gzip -9 packed.tar
mkdir -p out && tar -xzf packed.tar.gz -C out
sed -i 's/^/# /' list
perl -e 'print "job done\n"'
sleep 0.1 & wait
rm -rf out
