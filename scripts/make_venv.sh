#!/usr/bin/env bash
# Make the virtual environment VENV from the interpreter PYTHON, with the pinned packages.
#
# Usage: scripts/make_venv.sh PYTHON VENV, from the root of the repository.
# Environment: TORCH_INDEX, the package index that has CPU builds of torch.
set -euo pipefail

python=$1
venv=$2
torch_index=${TORCH_INDEX:-https://download.pytorch.org/whl/cpu}

fail() {
    printf 'error: %s\n' "$@" >&2
    exit 1
}

command -v "$python" > /dev/null \
    || fail "there is no '$python'; install Python 3.10 or newer, or name one: make PYTHON=python3.12"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
    || fail "'$python' is $("$python" --version 2>&1); 3.10 or newer is needed: make PYTHON=python3.12"
"$python" -c 'import ensurepip, venv' 2> /dev/null \
    || fail "'$python' cannot make virtual environments; on Debian and Ubuntu: apt install python3-venv"

if ! "$venv/bin/python" -m pip --version > /dev/null 2>&1; then
    echo "Making the environment $venv with $("$python" --version)"
    "$python" -m venv --clear "$venv"
fi

echo "Installing the pinned packages into $venv (once; some minutes)"
pip_install() {
    "$venv/bin/python" -m pip install -qq --disable-pip-version-check --no-input \
        --constraint constraints.txt "$@"
}
pip_install --upgrade pip setuptools wheel

# PyPI's builds of torch for Linux bring gigabytes of CUDA with them; those marked +cpu do not.
if [[ $(uname -s) == Linux ]]; then
    torch="$(grep '^torch==' constraints.txt)+cpu"
    pip_install "$torch" 2> /dev/null \
        || pip_install --extra-index-url "$torch_index" "$torch" \
        || fail "no CPU build of torch ($torch) at $torch_index" \
            "name an index that has it: make venv TORCH_INDEX=https://..."
fi
pip_install --no-build-isolation --editable '.[ros,train,replay,fleet,test]'
