#!/usr/bin/env bash
# Run the tests that depend on versions with those that people have, each cell in an environment of
# its own, without torch. docs/ros2.md has the table.
#
# Usage: scripts/test_matrix.sh PYTHON FOLDER [CELL...], from the root of the repository.
# Environment: TESTS, the files to run instead of those below.
set -euo pipefail

python=$1
folder=$2
shift 2

declare -A pins=(
    [jazzy]='ros-rclpy[fastrtps]==7.* numpy==1.26.* opencv-python-headless==4.10.* pytest==7.4.*'
    [kilted]='ros-rclpy[fastrtps]==9.* numpy==2.* opencv-python-headless==5.* pytest==9.*'
    [opencv4]='ros-rclpy[fastrtps]==9.* numpy==2.* opencv-python-headless==4.* pytest==7.4.*'
)
cells=("$@")
[[ $# -gt 0 ]] || cells=(jazzy kilted opencv4)
# Left out: what is arithmetic in numpy alone (data sets, scores, rendering), or needs torch anyway.
read -ra tests <<< "${TESTS:-$(echo test/test_{ros,launch,messages,bags,streaming,cli_replay,replay_to_bag,demo}*.py \
    test/test_{evaluation_flow,data_geometry,data_corruptions,frame_folder,fuzz}.py \
    test/test_{package,pytest_run,missing_modules,share}.py)}"

make_cell() {
    local venv=$folder/$1 stamp=$folder/$1/.made
    if [[ $stamp -nt setup.py && $stamp -nt constraints.txt && $stamp -nt ${BASH_SOURCE[0]} ]]; then
        return
    fi
    echo "Making the environment $venv"
    "$python" -m venv --clear "$venv" || return
    # What the cell has in other versions may not be held back by the pins of `make venv`.
    grep -vE '^(ros-|numpy|opencv|pytest)' constraints.txt > "$venv/constraints.txt"
    read -ra requirements <<< "${pins[$1]}"
    "$venv/bin/python" -m pip install -qq --disable-pip-version-check --no-input \
        --constraint "$venv/constraints.txt" --editable '.[ros]' "${requirements[@]}" \
        pytest-cov hypothesis catkin_pkg setuptools || return
    touch "$stamp"
}

failed=()
for cell in "${cells[@]}"; do
    [[ -v pins[$cell] ]] || {
        echo "error: there is no cell '$cell' but ${!pins[*]}" >&2
        exit 1
    }
    make_cell "$cell" || {
        echo "error: the cell $cell cannot be made with '$python'; it needs wheels of: ${pins[$cell]}" \
            'for this Python; another one: make test-matrix PYTHON=python3.12' >&2
        failed+=("$cell")
        continue
    }
    echo "Cell $cell: ${pins[$cell]}"
    "$folder/$cell/bin/python" -m pytest "${tests[@]}" || failed+=("$cell")
done
[[ ${#failed[@]} -eq 0 ]] || {
    echo "error: failed in ${failed[*]}" >&2
    exit 1
}
echo "passed in ${cells[*]}"
