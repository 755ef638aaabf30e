#!/bin/sh
# A module exports postern_module_entry and nothing else, and includes no header of the project but postern/module.h,
# postern/kit.h and its own. Usage: check_module.sh MODULE.so SOURCE_FOLDER
set -eu

exported=$(nm -D --defined-only "$1" | awk '{ print $3 }' | grep -v -e '^__asan_' -e '^__odr_asan' -e '^_init$' -e '^_fini$' || true)
if [ "$exported" != postern_module_entry ]; then
    echo "$1 exports: $exported" >&2
    exit 1
fi

status=0
for included in $(sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' "$2"/*.[ch] | sort -u); do
    if [ ! -e "$2/$included" ]; then
        echo "$2 includes \"$included\", which is not its own" >&2
        status=1
    fi
done
for included in $(sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*<\(postern\/[^>]*\)>.*/\1/p' "$2"/*.[ch] | sort -u); do
    if [ "$included" != postern/module.h ] && [ "$included" != postern/kit.h ]; then
        echo "$2 includes <$included>" >&2
        status=1
    fi
done
exit $status
