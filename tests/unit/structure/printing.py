#!/usr/bin/env python3
"""Every text to people goes out through base/show.h, which shows control characters: no other file of the core prints, and
formats use only the conversions that it knows."""
import re

import guard

PRINTING = re.compile(r"(?<![\w.>])(v?f?printf|v?dprintf|f?puts|f?putc|putchar|fwrite|perror|psignal|p?writev?|std(?:out|err)->\w+)\s*\(")
DESCRIPTOR = re.compile(r"(?<!isatty\()\bSTD(?:OUT|ERR)_FILENO\b")
CALL = re.compile(r'\b(show|show_into|command_usage)\(\s*[^,";]+,\s*((?:"(?:\\.|[^"\\\n])*"\s*)+)')
CONVERSION = re.compile(r"%(?!-?0?(?:\*|\d+)?(?:\.(?:\*|\d+))?(?:ll?|z)?[sdcu]|%).{0,8}")

# Who may, and what with: the face itself; whole files and their ends; data; the list that a test build writes for a test.
MAY = {
    "core/base/show.c": {"fwrite"},
    "core/base/files.c": {"write"},
    "core/base/failpoint.c": {"fprintf"},
    "core/journal/state_directory.c": {"pwrite"},
    "core/report/heartbeat.c": {"pwrite"},
    "core/commands/output.c": {"STDOUT_FILENO"},
    "core/commands/module_test/process.c": {"STDOUT_FILENO", "STDERR_FILENO"},  # what a module prints goes to a file
}


def check(root, _build):
    looked_at, faults = 0, []
    for file in guard.files(root, ["core"]):
        name = guard.name_of(file, root)
        text = guard.read(file)
        code = guard.without_comments(text)
        looked_at += 1
        for pattern in (PRINTING, DESCRIPTOR):
            for match in pattern.finditer(code):
                word = match.group(match.lastindex or 0)
                if word not in MAY.get(name, ()):
                    faults.append(f"{name}:{code.count(chr(10), 0, match.start()) + 1} prints by {word}: use base/show.h")
        for match in CALL.finditer(guard.without_comments(text, keep_texts=True)):
            for conversion in CONVERSION.findall(match.group(2).replace("%%", "")):
                faults.append(f"{name}: {match.group(1)} does not know the conversion {conversion}")
    faults += [f"the exception for {name} is about nothing" for name in MAY if looked_at and not (root / name).is_file()]
    return looked_at, faults


PLANTS = [
    guard.plant("core/commands/loud.c", 'void f(const char *x) { fprintf(stderr, "%s", x); }\n', "loud.c:1 prints by fprintf"),
    guard.plant("core/report/loud.c", 'void f(const char *x)\n{\n    puts(x);\n}\n', "loud.c:3 prints by puts"),
    guard.plant("core/deliver/loud.c", "void f(const char *x) { write(2, x, 1); }\n", "loud.c:1 prints by write"),
    guard.plant("core/commands/loud.c", "void f(void) { file_write_all(STDOUT_FILENO, 0, 0); }\n", "prints by STDOUT_FILENO"),
    guard.plant("core/commands/loud.c", 'void f(int x) { show(stderr, "a "\n "%5x", x); }\n', "show does not know the conversion %5x"),
]

if __name__ == "__main__":
    guard.main(check, PLANTS)
