#!/bin/sh
# A whole sink in shell: appends the lines of each batch to a file and acknowledges them when the disk has them. A batch that comes
# again after a crash stands there again, with the same ids. What it answers and why stands in modules/exec/protocol.md.
#
#     sink "mine" { type = "exec", program = "/usr/local/lib/postern/append.sh", arguments = { "/var/lib/mine/events.ndjson" } }
file=$1
[ -z "$(tail -c 1 -- "$file" 2>/dev/null)" ] || echo >>"$file" # half a line of a former life

while IFS= read -r line; do
    case $line in
    '{"end":'*) # of a batch: now its events are to be safe
        if sync -- "$file"; then
            echo '{"ok":"all"}'
        else
            echo '{"retry":"all","after":5,"reason":"the disk did not take it"}'
        fi
        ;;
    *)
        printf '%s\n' "$line" >>"$file" || exit 1 # Postern sends what is not acknowledged again
        ;;
    esac
done
