#!/bin/sh
# Installs a release of ci-gen into .ci-gen/bin below the working directory: `GIVEN_VERSION=0.1.0 sh install.sh`.
# GIVEN_CHECKSUM, the SHA-256 of the release's list SHA256SUMS, notices a replaced release; CI_GEN_RELEASE_URL is a mirror.
set -eu

[ "${GIVEN_INSTALL:-release}" != none ] || exit 0
mkdir -p .ci-gen/bin
cd .ci-gen
echo '*' > .gitignore

if [ "${GIVEN_INSTALL:-release}" = cargo ]; then
  cargo install ci-gen --locked --version "$GIVEN_VERSION" --root .
  exit
fi

# Archives are called as `uname` calls the machine, on Windows as that of Git's shell: MINGW64.
file="ci-gen-$(uname -s | cut -d_ -f1)-$(uname -m).tar.gz"
url="${CI_GEN_RELEASE_URL:-https://github.com/ci-gen/ci-gen/releases/download/v$GIVEN_VERSION}"
fetch() { if command -v curl > /dev/null; then curl -fsSL --retry 3 -o "$2" "$1"; else wget -qO "$2" "$1"; fi; }
check() { if command -v sha256sum > /dev/null; then sha256sum -c -; else shasum -a 256 -c -; fi; }
for name in SHA256SUMS "$file"; do
  fetch "$url/$name" "$name" || { echo "ci-gen: cannot download $url/$name" >&2; exit 1; }
done
[ -z "${GIVEN_CHECKSUM:-}" ] || echo "${GIVEN_CHECKSUM#sha256:}  SHA256SUMS" | check
grep " $file\$" SHA256SUMS | check
tar -xzf "$file" -C bin
