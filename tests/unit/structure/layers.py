#!/usr/bin/env python3
"""Dependencies point one way (the picture is in the README): checks every #include of core/ and modules/."""
import pathlib
import re
import sys

ALLOWED = {
    "base": set(),
    "parse": {"base"},
    "sandbox": {"base"},
    "auth": {"base"},
    "http": {"base", "auth"},
    "module": {"base"},
    "config": {"base", "sandbox", "parse", "auth", "module"},
    "journal": {"base"},
    "script": {"base", "parse", "sandbox"},
    "collect": {"base", "auth", "http", "journal", "module", "config", "sandbox"},
    "deliver": {"base", "journal", "module", "script", "config", "sandbox"},
    "report": {"base", "journal"},
    "engine": {"base", "http", "journal", "module", "config", "collect", "deliver", "report"},
}
ALLOWED["commands"] = set(ALLOWED)
TOP_LEVEL = {"CMakeLists.txt", "core", "modules", "scripts", "include", "tests", "examples", "README.md"}
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.M)


def includes(file):
    return INCLUDE.findall(file.read_text(encoding="utf-8"))


def check_core(root):
    for folder in sorted(path for path in (root / "core").iterdir() if path.is_dir()):
        for file in sorted(folder.rglob("*.[ch]")):
            for quote, name in includes(file):
                if quote == '"' and name.split("/")[0] not in ALLOWED.get(folder.name, set()) | {folder.name}:
                    yield f"{file.relative_to(root)} includes {name}: {folder.name} must not"


def check_modules(root):
    for file in sorted((root / "modules").rglob("*.[ch]")):
        for quote, name in includes(file):
            own = (file.parent / name).is_file()
            if (quote == '"' and not own) or (name.startswith("postern/") and name != "postern/module.h"):
                yield f"{file.relative_to(root)} includes {name}: of the project a module sees only postern/module.h"


def check_header(root):
    allowed = {"stdbool.h", "stddef.h", "stdint.h"}
    for _, name in includes(root / "include/postern/module.h"):
        if name not in allowed:
            yield f"include/postern/module.h includes {name}: it needs only the C standard library"


def check_top_level(root):
    for path in sorted(root.iterdir()):
        if not path.name.startswith(".") and path.name not in TOP_LEVEL and not path.name.startswith(("build", "demo-output")):
            yield f"{path.name} does not belong at the top level"


def main():
    root = pathlib.Path(sys.argv[1])
    faults = [*check_core(root), *check_modules(root), *check_header(root), *check_top_level(root)]
    print("\n".join(faults) or "every include points the right way")
    return 1 if faults else 0


sys.exit(main())
