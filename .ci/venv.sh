#!/bin/sh
# Make or refresh the environment:  .ci/venv.sh LOCKFILE
# Finds a fitting Python, makes .venv, installs the hashed lock only when it changed. Honours PIP_INDEX_URL.
set -eu
cd "$(dirname "$0")/.."
lock=$1
venv=.venv

fits() { # really run it: a shim may exist and fail
    "$1" -c 'import sys; sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 13)))' >/dev/null 2>&1
}

fingerprint() { # cksum is everywhere: Debian, macOS
    cksum <"$lock" | tr ' ' '-'
}

if ! fits "$venv/bin/python"; then
    python=
    for name in ${PYTHON:-} python3.13 python3.12 python3.11 python3; do
        if fits "$name"; then python=$name; break; fi
    done
    if [ -z "$python" ]; then
        echo "没有找到 Python 3.11、3.12 或 3.13。请先安装，例如在 Debian 上：" >&2
        echo "    sudo apt-get install -y git make python3 python3-venv" >&2
        echo "No Python 3.11-3.13 found; on macOS: brew install python@3.13" >&2
        exit 1
    fi
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        echo "$python 缺少 venv 模块。请先运行：" >&2
        echo "    sudo apt-get install -y python3-venv    # 或 python$version-venv" >&2
        exit 1
    fi
    echo "正在用 $("$python" --version) 建立运行环境 $venv ……"
    rm -rf "$venv"
    "$python" -m venv "$venv"
fi

stamp="$venv/.installed-$(basename "$lock")"
if [ "$(cat "$stamp" 2>/dev/null)" != "$(fingerprint)" ]; then
    echo "正在安装依赖（$lock）……"
    # The development lock holds the product's packages too: after it, requirements.lock is satisfied.
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
    fingerprint >"$stamp"
fi
