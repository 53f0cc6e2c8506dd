# make run · make test · make check · make prove · make lock        (README says more)
SHELL := /bin/sh
PYTHON_BIN := .venv/bin/python
CHECK_ENV := PUBLIC_URL=https://linkage.example.gov.cn SECOND_FACTOR_ROLES=all LEDGER_ANCHOR_DIR=/srv/anchors \
	EMAIL_URL=smtp+tls://user:password@mail.example.gov.cn:587

.PHONY: run test check prove lock format env env-dev clean help

help:
	@echo "make run    启动平台（PORT=8010 make run 换端口）"
	@echo "make test   运行测试"
	@echo "make check  代码检查、类型、导入约束、迁移、部署设置、模板"
	@echo "make prove  长时间验证与性能测量，中断后可续跑，结果在 docs/proofs/README.md（PART=importing 只跑一项）"
	@echo "make lock   重新生成带校验值的依赖锁定文件"

env:
	@sh .ci/venv.sh requirements.lock

env-dev:
	@sh .ci/venv.sh requirements-dev.lock

run: env
	@exec $(PYTHON_BIN) manage.py up $(ARGS)

# A process per core, each with its own database, takes file by file (tests/sharing.py); ARGS given by hand replace this.
test: ARGS ?= -q -n auto --no-loadscope-reorder
test: env-dev
	$(PYTHON_BIN) -m pytest $(ARGS)

check: env-dev
	$(PYTHON_BIN) -m ruff check .
	$(PYTHON_BIN) -m ruff format --check .
	$(PYTHON_BIN) -m mypy
	.venv/bin/lint-imports
	$(PYTHON_BIN) manage.py makemigrations --check --dry-run
	$(PYTHON_BIN) manage.py one_leaf
	$(CHECK_ENV) $(PYTHON_BIN) manage.py check --deploy --fail-level WARNING
	$(PYTHON_BIN) manage.py lint_templates

prove: env-dev
	$(PYTHON_BIN) -m tests.bench $(PART)

format: env-dev
	$(PYTHON_BIN) -m ruff check --fix .
	$(PYTHON_BIN) -m ruff format .

lock: env-dev
	.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --quiet requirements.txt -o requirements.lock
	.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --quiet requirements-dev.txt -o requirements-dev.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
