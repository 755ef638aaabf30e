#!/usr/bin/env python3
"""The core knows no vendor: no word of one in its code, comments or texts, but in the file of a signature scheme."""
import re

import guard

WORDS = re.compile(r"mimecast|x-mc-|\bttp\b|\bttp[-_/]|\bmtoken\b|\bdlp\b|get-siem-logs|security gateway", re.I)

# The one place in the core that speaks a vendor's own way of signing, and the name by which it is asked for.
SCHEMES = {"core/auth/mimecast_v1.c", "core/auth/mimecast_v1.h"}
NAME_OF_SCHEME = re.compile(r"(?<![\w-])(?:sign_)?mimecast[-_]v1(?:\.h)?(?![\w-])")


def check(root, _build):
    looked_at, faults = 0, []
    for file in guard.files(root, ["core"]):
        name = guard.name_of(file, root)
        looked_at += 1
        if name in SCHEMES:
            continue
        for number, line in enumerate(guard.read(file).split("\n"), 1):
            faults += [f"{name}:{number} speaks of a vendor: {line.strip()}"] if WORDS.search(NAME_OF_SCHEME.sub("", line)) else []
    return looked_at, faults


PLANTS = [
    guard.plant("core/base/vendor.c", "/* As MimeCast wants it. */\n", "core/base/vendor.c:1 speaks of a vendor"),
    guard.plant("core/collect/vendor.c", 'const char *path = "/api/ttp/url";\n', "core/collect/vendor.c:1 speaks of a vendor"),
]

if __name__ == "__main__":
    guard.main(check, PLANTS)
