#!/bin/sh
# A module exports postern_module_entry and nothing else. Usage: check_exports.sh MODULE.so
set -eu

exported=$(nm -D --defined-only "$1" | awk '{ print $3 }' | grep -v -e '^__asan_' -e '^__odr_asan' -e '^_init$' -e '^_fini$' || true)
if [ "$exported" != postern_module_entry ]; then
    echo "$1 exports: $exported" >&2
    exit 1
fi
