#!/bin/sh
# The command `ates`; `make setup` copies it into the virtual environment. It finds Python beside itself and
# the project above, so the folder may have any name.
self=$(readlink -f "$0" 2>/dev/null || echo "$0")
bin=$(cd "$(dirname "$self")" && pwd)
root=$(cd "$bin/../.." && pwd)
if [ ! -d "$root/ops" ]; then
    echo "ates: the project is not in $root; run \`make setup\` in its folder" >&2
    exit 1
fi
if [ ! -x "$bin/python" ]; then
    echo "ates: the Python of $bin is gone, or not for you to use; run \`make setup\` in $root, or in a checkout of your own" >&2
    exit 1
fi
exec "$bin/python" -c 'import runpy, sys
sys.path[0] = sys.argv.pop(1)
sys.argv[0] = "ates"
runpy.run_module("ops", run_name="__main__", alter_sys=True)' "$root" "$@"
