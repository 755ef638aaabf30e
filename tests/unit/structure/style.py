#!/usr/bin/env python3
"""clang-format changes nothing in any file."""
import shutil
import subprocess

import guard


def check(root, _build):
    tool = shutil.which("clang-format")
    if not tool:
        return 0, ["clang-format is not installed (tests/packages test)"]
    if not (root / ".clang-format").is_file():
        return 0, ["there is no .clang-format"]
    found = guard.files(root, guard.WITH_TESTS)
    if not found:
        return 0, []
    # One complaint per file is enough: the tool itself mends it.
    run = subprocess.run([tool, "--dry-run", *map(str, found)], cwd=root, capture_output=True, text=True)
    bad = sorted({line.split(":")[0] for line in run.stderr.splitlines() if "[-Wclang-format-violations]" in line})
    faults = [f"{guard.pathlib.Path(file).relative_to(root)} is not as `clang-format -i` leaves it" for file in bad]
    if run.returncode and not faults:
        faults = [run.stderr.strip()]
    return len(found), faults


PLANTS = [
    guard.plant("examples/crooked.c", "int  crooked ;\n", "examples/crooked.c is not as"),
    guard.plant("tests/unit/base/crooked.h", "int f(void){return 1;}\n", "tests/unit/base/crooked.h is not as"),
]

if __name__ == "__main__":
    guard.main(check, PLANTS)
