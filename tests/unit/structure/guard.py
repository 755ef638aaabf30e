"""What the guards share. A guard is a file with `check(root, build)`, which returns how many things it looked at and the
faults it found, and `PLANTS`: faults that it must find.

    NAME.py ROOT BUILD           looks at the tree and fails if it found a fault, or nothing to look at
    NAME.py --self-test ROOT BUILD   plants each fault in a copy of the tree and fails if it is not found
"""
import contextlib
import os
import pathlib
import re
import shutil
import sys
import tempfile

CODE = ("core", "modules", "include", "examples")
WITH_TESTS = (*CODE, "tests")
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.M)


def files(root, folders, suffixes=(".c", ".h")):
    """The files of these folders, by name; never those of a build folder."""
    found = []
    for folder in folders:
        for directory, folders_below, names in os.walk(root / folder):
            folders_below[:] = sorted(name for name in folders_below if not name.startswith((".", "build", "__")))
            found += [pathlib.Path(directory, name) for name in sorted(names) if name.endswith(suffixes)]
    return found


def name_of(file, root):
    return file.relative_to(root).as_posix()


def read(file):
    return file.read_text(encoding="utf-8")


def without_comments(text, keep_texts=False):
    """The code with comments (and, unless wanted, the insides of texts) blanked; lines stay where they are."""
    def blank(match):
        found = match.group()
        if found.startswith("/"):
            return re.sub(r"[^\n]", " ", found)
        return found if keep_texts else found[0] + " " * (len(found) - 2) + found[-1]
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def comments(text):
    """(line, comment) for each comment of a C text."""
    for match in re.finditer(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', text, flags=re.S):
        if match.group().startswith("/"):
            yield text.count("\n", 0, match.start()) + 1, match.group()


def plant(name, text, expected):
    """A fault: the file `name` with this text (instead of what it holds). `expected` stands in the complaint."""
    def put(root):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return put, expected


def plant_behind(name, text, expected):
    """A fault: this text behind all that the file `name` holds."""
    def put(root):
        with open(root / name, "a", encoding="utf-8") as file:
            file.write(text)
    return put, expected


@contextlib.contextmanager
def copy_of(root, folders=(*WITH_TESTS, "scripts")):
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder, "tree")
        copy.mkdir()
        for name in folders:
            if (root / name).is_dir():
                shutil.copytree(root / name, copy / name, ignore=shutil.ignore_patterns("build*", "__pycache__"))
        for file in root.iterdir():
            if file.is_file():
                shutil.copy(file, copy)
        yield copy


def self_test(root, build, check, plants):
    failures = []
    for put, expected in plants:
        with copy_of(root) as copy:
            put(copy)
            found = [fault for fault in check(copy, build)[1] if expected in fault]
            print(f"seen: {found[0]}" if found else f"NOT SEEN: {expected}")
            failures += [] if found else [expected]
    with tempfile.TemporaryDirectory() as folder:
        looked_at, found = check(pathlib.Path(folder), pathlib.Path(folder))
        if looked_at and not found:
            failures.append("it is content with an empty tree")
            print(failures[-1])
    return failures


def main(check, plants):
    arguments = sys.argv[1:]
    testing = arguments[:1] == ["--self-test"]
    root, build = (pathlib.Path(argument).resolve() for argument in arguments[testing:])
    if testing:
        sys.exit(1 if self_test(root, build, check, plants) else 0)
    looked_at, faults = check(root, build)
    if not looked_at and not faults:
        faults = ["it found nothing to look at"]
    print("\n".join(map(str, faults)) or f"looked at {looked_at}: no fault")
    sys.exit(1 if faults else 0)
