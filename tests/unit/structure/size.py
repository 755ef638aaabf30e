#!/usr/bin/env python3
"""No file of more than 500 lines, no function of more than 60 (tables are no functions)."""
import re

import guard

FILE_LINES, FUNCTION_LINES = 500, 60

# The ABI is one file, whatever it takes.
WHOLE = {"include/postern/module.h"}

# What is still too long. Strike a line when it has been split; the lists are to end empty.
OPEN_FILES = {
    "tests/simulator/strictness_test.c",
    "tests/unit/collect/world.h",
    "tests/unit/config/problems_test.c",
    "tests/unit/http/exchange_test.c",
}
OPEN_FUNCTIONS = {
    "tests/simulator/faults_test.c:each_fault",
    "tests/simulator/settings.c:set",
    "tests/simulator/strictness_test.c:headers_and_signature",
    "tests/simulator/strictness_test.c:bodies",
    "tests/simulator/world.c:add_cluster",
    "tests/unit/base/json_test.c:test_accepts_exactly_rfc_8259",
    "tests/unit/config/values_test.c:test_values",
    "tests/unit/module/registry_test.c:tables",
}


def functions(text):
    """(name, first line, lines) of each function. In formatted code its braces stand alone in the first column."""
    lines = text.split("\n")
    begin = None
    for number, line in enumerate(lines):
        if line == "{":
            begin = number
        elif line.startswith("}") and begin is not None:
            head = begin - 1
            while head > 0 and lines[head - 1].strip() and not lines[head - 1].startswith(("}", "#")) \
                    and not lines[head - 1].rstrip().endswith((";", "*/")):
                head -= 1
            name = re.search(r"(\w+)\s*\(", " ".join(lines[head:begin]))
            yield name[1] if name else "?", head + 1, number - head + 1
            begin = None


def check(root, _build):
    looked_at, faults = 0, []
    for file in guard.files(root, guard.WITH_TESTS):
        name = guard.name_of(file, root)
        text = guard.read(file)
        count = text.count("\n")
        if count > FILE_LINES and name not in WHOLE | OPEN_FILES:
            faults.append(f"{name} has {count} lines, more than {FILE_LINES}")
        for function, line, length in functions(guard.without_comments(text)):
            looked_at += 1
            if length > FUNCTION_LINES and f"{name}:{function}" not in OPEN_FUNCTIONS:
                faults.append(f"{name}:{line}: {function} has {length} lines, more than {FUNCTION_LINES}")
    return looked_at, faults


PLANTS = [
    guard.plant("tests/unit/base/long_test.c", "int x;\n" * 501, "tests/unit/base/long_test.c has 501 lines"),
    guard.plant("core/base/long.c", "int f(int a)\n{\n" + "    a++;\n" * 57 + "    return a;\n}\n", "core/base/long.c:1: f has 61 lines"),
]

if __name__ == "__main__":
    guard.main(check, PLANTS)
