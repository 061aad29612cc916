#!/bin/sh
# Installs the ci-gen of a release: downloads its archive, checks it, and puts the binary into a directory.
#
# Usage: install.sh VERSION [DIRECTORY]
#
# The directory is ~/.local/bin unless one is given; it should be on the PATH.
# CI_GEN_CHECKSUM     the SHA-256 of the release's file SHA256SUMS; without it only the archive is checked, against that file
# CI_GEN_RELEASE_URL  where the release's files lie, for a mirror
#
# Pipelines with `[report]` do the same in a few lines of their own; see src/plan/tool.rs.
set -eu

fail() {
  echo "install.sh: $1" >&2
  exit 1
}

version="${1:-}"
directory="${2:-$HOME/.local/bin}"
[ -n "$version" ] || fail "say which version: install.sh VERSION [DIRECTORY]"
url="${CI_GEN_RELEASE_URL:-https://github.com/ci-gen/ci-gen/releases/download/v${version#v}}"

# Archives are called as `uname` calls the machine; on Windows that is Git's shell.
file="ci-gen-$(uname -s | cut -d_ -f1)-$(uname -m).tar.gz"

fetch() {
  if command -v curl > /dev/null; then
    curl -fsSL --retry 3 -o "$2" "$1"
  elif command -v wget > /dev/null; then
    wget -qO "$2" "$1"
  else
    fail "there is neither curl nor wget"
  fi || fail "cannot download $1"
}

check() {
  if command -v sha256sum > /dev/null; then
    sha256sum -c - > /dev/null
  else
    shasum -a 256 -c - > /dev/null
  fi
}

mkdir -p "$directory"
directory="$(cd "$directory" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
fetch "$url/SHA256SUMS" SHA256SUMS
fetch "$url/$file" "$file"
if [ -n "${CI_GEN_CHECKSUM:-}" ]; then
  echo "${CI_GEN_CHECKSUM#sha256:}  SHA256SUMS" | check || fail "SHA256SUMS is not the file that CI_GEN_CHECKSUM names"
fi
grep " $file\$" SHA256SUMS > expected || fail "the release has no $file"
check < expected || fail "$file is not what SHA256SUMS says"
tar -xzf "$file"
# In this order: for Git's shell on Windows there is a `ci-gen` where `ci-gen.exe` is.
for name in ci-gen.exe ci-gen; do
  [ ! -f "$name" ] || mv "$name" "$directory/$name"
done
echo "ci-gen $version is in $directory"
