#!/usr/bin/env bash
# Builds the wheel into the given folder (default: dist beside this script) with the installed build tools, offline.
# Needs pip, setuptools and wheel (Debian: python3-pip python3-setuptools python3-wheel).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "${1:-$here/dist}" && cd "${1:-$here/dist}" && pwd)

# The first python3 on the PATH may lack the build tools; then Debian's is used.
for python in python3 /usr/bin/python3; do
  if "$python" -c 'import setuptools, wheel, pip' 2>/dev/null; then break; fi
  python=
done
[ -n "$python" ] || { echo "no Python with pip, setuptools and wheel" >&2; exit 1; }

# setuptools leaves build folders behind, whose old files would get into the next wheel; so it builds in a copy.
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -R "$here/pyproject.toml" "$here/README.md" "$here/LICENSE" "$here/src" "$copy/"
find "$copy" -name __pycache__ -prune -exec rm -rf {} +
"$python" -m pip wheel --quiet --no-index --no-deps --no-build-isolation --wheel-dir "$out" "$copy"
ls "$out"/loopspace_python-*.whl
