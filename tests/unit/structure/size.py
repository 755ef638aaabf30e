#!/usr/bin/env python3
"""No file of more than 500 lines, no function of more than 60; the tables declared in it do not count."""
import re

import guard

FILE_LINES, FUNCTION_LINES = 500, 60

# The ABI is one file, whatever it takes.
WHOLE = {"include/postern/module.h"}

# What is still too long. Strike a line when it has been split; the lists are to end empty.
OPEN_FILES = set()
OPEN_FUNCTIONS = set()


def table_lines(lines):
    """How many of a function's lines belong to tables: constants in braces of their own, over more than one line."""
    count, indent = 0, None
    for line in lines:
        if indent is None:
            begins = re.match(r"(\s+)(?:static )?const .*\{$", line)
            indent = begins[1] if begins else None
        count += indent is not None
        if line == f"{indent}}};":
            indent = None
    return count


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
            yield name[1] if name else "?", head + 1, number - head + 1 - table_lines(lines[begin:number])
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
    guard.plant("core/base/table.c", "int f(int a)\n{\n    static const int table[] = {\n        1,\n    };\n"
                + "    a++;\n" * 58 + "    return table[a];\n}\n", "core/base/table.c:1: f has 62 lines"),
    guard.plant("core/base/long.c", "int f(int a)\n{\n" + "    a++;\n" * 57 + "    return a;\n}\n", "core/base/long.c:1: f has 61 lines"),
]

if __name__ == "__main__":
    guard.main(check, PLANTS)
