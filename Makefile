PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# Processes that run tests. A file is run by one of them; those whose coverage counts come first.
# Threads of PyTorch that wait leave the cores to the other process.
WORKERS ?= 2

# A sourced ROS 2 installation would put its own rclpy and libraries before the pinned wheels, and
# wheels in an activated environment mark theirs as loaded.
unexport _ROS_WHEELS_BOOTSTRAP_COMPLETE RMW_IMPLEMENTATION
ifdef ROS_DISTRO
unexport PYTHONPATH LD_LIBRARY_PATH AMENT_PREFIX_PATH
endif

.PHONY: help venv demo lint test test-matrix clean
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST)

venv: $(INSTALLED) ## make .venv with the pinned packages and the command line

$(INSTALLED): setup.py setup.cfg constraints.txt scripts/make_venv.sh
	@TORCH_INDEX='$(TORCH_INDEX)' scripts/make_venv.sh '$(PYTHON)' '$(VENV)'
	@touch $@

demo: $(INSTALLED) ## run the live node on a rendered drive; results in out/demo
	$(BIN)/time2general demo --out out/demo

lint: $(INSTALLED) ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint ## style, types, tests, coverage of the streaming core and the node
	OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile \
		--no-loadscope-reorder --cov --cov-fail-under=90

test-matrix: ## the tests that depend on versions, with those of CELLS (see docs/ros2.md)
	@TESTS='$(TESTS)' scripts/test_matrix.sh '$(PYTHON)' .matrix $(CELLS)

clean: ## remove the environment, the results and the caches
	rm -rf $(VENV) .matrix out build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis \
		.coverage .coverage.*
	find . -name __pycache__ -prune -exec rm -rf {} +
