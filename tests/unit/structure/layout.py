#!/usr/bin/env python3
"""The layout test holds every struct of the public header, every field of it and every number that the header defines."""
import re

import guard

HEADER, TEST = "include/postern/module.h", "tests/unit/module/layout_test.c"
STRUCT = re.compile(r"struct\s+(postern_\w+)\s*\{(.*?)\n\}", re.S)
# The version says which layout it is; these are no part of it.
NO_LAYOUT = {"POSTERN_ABI_MAJOR", "POSTERN_ABI_MINOR", "POSTERN_MODULE_MAGIC"}


def fields(body):
    """The names that a struct's body declares; a pointer to a function is one field, its parameters are none."""
    while (flat := re.sub(r"\(\*(\w+)\)\([^()]*\)", r"\1", body)) != body:
        body = flat
    for declaration in body.split(";"):
        for part in declaration.split(","):
            words = re.findall(r"\w+", re.sub(r"\[[^\]]*\]", "", part))
            if words:
                yield words[-1]


def check(root, _build):
    if not (root / HEADER).is_file():
        return 0, [f"{HEADER} is not there"]
    header, test = guard.without_comments(guard.read(root / HEADER)), guard.read(root / TEST)
    looked_at, faults = 0, []
    for struct, body in STRUCT.findall(header):
        for wanted in [rf"(?:SIZE|LEAST)\({struct}, \d+\)", *(rf"AT\({struct}, {field}, \d+\)" for field in fields(body))]:
            looked_at += 1
            if not re.search(wanted, test):
                words = wanted.replace("(?:SIZE|LEAST)", "SIZE or LEAST").replace("\\", "")
                faults.append(f"{TEST} lacks {words}")
    for name in re.findall(r"^#define\s+(POSTERN_\w+)[ \t\\\n]+\(?-?\d+u?\)?", header, re.M):
        looked_at += 1
        if name not in NO_LAYOUT and f"VALUE({name}, " not in test:
            faults.append(f"{TEST} lacks VALUE({name}, ...)")
    return looked_at, faults


PLANTS = [
    guard.plant_behind(HEADER, "struct postern_new {\n    uint32_t size;\n};\n", "lacks SIZE or LEAST(postern_new"),
    guard.plant_behind(HEADER, "struct postern_text {\n    int other, (*call)(int a, int b);\n};\n", "lacks AT(postern_text, call"),
    guard.plant_behind(HEADER, "struct postern_text {\n    int other, (*call)(int a, int b);\n};\n", "lacks AT(postern_text, other"),
    guard.plant_behind(HEADER, "#define POSTERN_E_NEW (-99)\n", "lacks VALUE(POSTERN_E_NEW"),
]

if __name__ == "__main__":
    guard.main(check, PLANTS)
