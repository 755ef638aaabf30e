#!/usr/bin/env python3
"""One name per thing: each struct, enum and union tag that has a body is defined once in the whole tree."""
import re

import guard

TAG = re.compile(r"\b(?:struct|enum|union)\s+(?:__attribute__\s*\(\(.*?\)\)\s*)?(\w+)\s*\{")


def check(root, _build):
    places = {}
    for file in guard.files(root, guard.CODE):
        text = guard.without_comments(guard.read(file))
        for match in TAG.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            places.setdefault(match[1], []).append(f"{guard.name_of(file, root)}:{line}")
    return len(places), [f"{tag} is defined more than once: {' '.join(found)}"
                         for tag, found in sorted(places.items()) if len(found) > 1]


PLANTS = [
    guard.plant("core/base/twice.c", "struct postern_batch {\n    int other;\n};\n", "postern_batch is defined more than once"),
    guard.plant("examples/two/two.c", "enum twin { A };\nvoid f(void)\n{\n    union twin\n    {\n        int a;\n    } x;\n}\n",
                "twin is defined more than once: examples/two/two.c:1 examples/two/two.c:4"),
]

if __name__ == "__main__":
    guard.main(check, PLANTS)
