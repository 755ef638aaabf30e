#!/usr/bin/env python3
"""Every file of the core and the modules can be found by what it is for: it says so in its first line, or its header does
beside it, or one that says what each file of the folder is for; and its folder stands in the map of core/README.md. What
that page names is there."""
import re

import guard

PAGE = "core/README.md"
NAMED = re.compile(r"`([\w./-]*\w\.[ch]|[\w-]+/(?:[\w-]+/)*)`")


def says_what_it_is_for(file):
    beside = file.with_suffix(".h")
    if any(guard.read(place).startswith("/*") for place in (file, beside) if place.is_file()):
        return True
    named = re.compile(rf"^ \*\s+{re.escape(file.name)}\s+\S", re.M)
    return any(named.search(guard.read(header)) for header in file.parent.glob("*.h"))


def check(root, _build):
    files = guard.files(root, ["core", "modules"])
    faults = [f"{guard.name_of(file, root)} does not say what it is for" for file in files if not says_what_it_is_for(file)]
    if not (root / PAGE).is_file():
        return len(files), [*faults, f"{PAGE} is not there"]
    named = set(NAMED.findall(guard.read(root / PAGE)))
    names = {guard.name_of(file, root / "core") for file in guard.files(root, ["core"])}
    folders = {name.rpartition("/")[0] + "/" for name in names if "/" in name}
    faults += [f"{PAGE} does not name {folder}" for folder in sorted(folders - named)]
    known = {"/" + name for name in (*names, *folders, *(folder.partition("/")[0] + "/" for folder in folders))}
    here = {"/" + guard.name_of(file, root) for file in guard.files(root, ("include", "modules", "tests", "scripts"))}
    faults += [f"{PAGE} names {name}, which is not there" for name in sorted(named)
               if not any(path.endswith("/" + name) for path in known | here) and not (root / name).is_dir()]
    return len(files) + len(named), faults


PLANTS = [
    guard.plant("core/base/silent.c", "int silent;\n", "core/base/silent.c does not say what it is for"),
    guard.plant("modules/file/silent.h", "#ifndef S\n#define S\n#endif\n", "modules/file/silent.h does not say what it is for"),
    guard.plant("core/base/odd/thing.c", "/* Odd. */\n", "core/README.md does not name base/odd/"),
    guard.plant_behind("core/README.md", "\nSee `collect/gone.h`.\n", "names collect/gone.h, which is not there"),
    guard.plant_behind("core/README.md", "\nSee `collect/gone/`.\n", "names collect/gone/, which is not there"),
]

if __name__ == "__main__":
    guard.main(check, PLANTS)
