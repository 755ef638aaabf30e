#!/usr/bin/env python3
"""Dependencies point one way (the picture is in core/README.md): looks at every #include of core/ and modules/."""
import fnmatch

import guard

# What each folder of core/ may include besides itself. Of another concern a file sees only what lies directly in that
# concern's folder, its face; a sub-folder's files may include only what is named here for it.
RULES = {
    "base": [],
    "parse": ["base"],
    "sandbox": ["base"],
    "auth": ["base"],
    "http": ["base", "auth"],
    "module": ["base", "module/descriptor", "module/services"],
    "module/descriptor": ["base"],
    "module/services": ["base", "module/instance.h", "module/limits.h"],
    "config": ["base", "sandbox", "parse", "auth", "module"],
    "journal": ["base", "journal/page", "journal/sqlite"],
    "journal/known": ["base", "journal/page", "journal/page_view.h"],
    "journal/page": ["base", "journal/page_view.h"],
    "journal/sqlite": ["base", "journal", "journal/known", "journal/page"],
    "script": ["base", "parse", "sandbox", "script/event", "script/map", "script/choose", "script/library", "script/lookup",
               "script/neighbour"],
    "script/event": ["base", "parse", "sandbox"],
    "script/choose": ["base", "sandbox", "script/event"],
    "script/map": ["base", "parse", "sandbox", "script/event", "script/lookup", "script/map/program"],
    "script/map/program": ["base", "script/event", "script/map"],
    "script/library": ["base", "parse", "sandbox", "script/event", "script/lookup"],
    "script/lookup": ["base", "parse"],
    "script/neighbour": ["base", "sandbox", "script/lookup"],
    "collect": ["base", "auth", "http", "journal", "module", "config", "sandbox", "collect/plan", "collect/answer",
                "collect/stream"],
    "collect/plan": ["base", "journal"],
    "collect/answer": ["base", "http", "journal", "module", "config", "collect/plan"],
    "collect/stream": ["base", "auth", "http", "journal", "module", "config", "collect/plan", "collect/answer"],
    "deliver": ["base", "journal", "module", "script", "config", "sandbox", "deliver/route", "deliver/sink",
                "deliver/replay"],
    "deliver/route": ["base", "journal", "script", "config", "sandbox"],
    "deliver/sink": ["base", "journal", "module", "config", "deliver/route"],
    "deliver/replay": ["base", "journal", "deliver/route", "deliver/sink"],
    "report": ["base", "journal"],
    "engine": ["base", "http", "journal", "module", "config", "collect", "deliver", "report"],
    "commands": ["base", "parse", "sandbox", "auth", "http", "module", "config", "journal", "script", "collect", "deliver",
                 "report", "engine", "commands/module_test"],
    "commands/module_test": ["base", "module", "config", "journal", "collect", "deliver", "engine", "commands"],
    "main.c": ["commands"],
}

# What still points the wrong way. Strike a line when it is mended; the list is to end empty.
OPEN = [
]

# What several modules compile in (modules/shared): which area may include which other.
SHARED = {
    "broker": [],
    "net": [],
    "pack": [],
    "cloud": [],
}

OF_THE_PROJECT = {"postern/module.h", "postern/kit.h"}  # what a module may include
HEADER_NEEDS = {"stdbool.h", "stddef.h", "stdint.h"}
TOP_LEVEL = {"CMakeLists.txt", "core", "modules", "scripts", "include", "tests", "examples", "README.md"}


def rule_of(name):
    """The rule for a file of core/: its own, or that of the folder that it lies in."""
    return name if name in RULES else name.rpartition("/")[0]


def allows(own, name):
    return rule_of(name) == own or name in RULES[own] or name.rpartition("/")[0] in RULES[own]


def is_open(line):
    return any(fnmatch.fnmatch(line, pattern) for pattern in OPEN)


def check_core(root):
    looked_at, faults = 0, []
    for file in guard.files(root, ["core"]):
        name = guard.name_of(file, root / "core")
        own = rule_of(name)
        looked_at += 1
        if own not in RULES:
            faults.append(f"core/{name}: no rule says what core/{own} may include; state one")
            continue
        for quote, included in guard.INCLUDE.findall(guard.read(file)):
            if quote == '"' and not allows(own, included) and not is_open(f"core/{name} -> {included}"):
                faults.append(f"core/{name} -> {included}: {own} must not")
    folders = {guard.name_of(path, root / "core") for path in (root / "core").rglob("*")}
    faults += [f"the rule for core/{rule} is about nothing" for rule in RULES if looked_at and rule not in folders]
    return looked_at, faults


def module_may(root, file, name):
    """A module sees its own files and those of modules/shared, where an area sees itself and what SHARED says."""
    parts = file.relative_to(root / "modules").parts
    area = name.split("/")[1] if name.startswith("shared/") and name.count("/") == 2 else None
    if area and (root / "modules" / name).is_file():
        return parts[0] != "shared" or area == parts[1] or area in SHARED.get(parts[1], [])
    folder = root / "modules" / parts[0]
    return parts[0] != "shared" and ((file.parent / name).is_file() or (folder / name).is_file())


def check_modules(root):
    looked_at, faults = 0, []
    for file in guard.files(root, ["modules"]):
        looked_at += 1
        for quote, name in guard.INCLUDE.findall(guard.read(file)):
            if (quote == '"' and not module_may(root, file, name)) or (name.startswith("postern/") and name not in OF_THE_PROJECT):
                faults.append(f"{guard.name_of(file, root)} -> {name}: of the project a module sees only its own files, those of "
                              "modules/shared and " + " ".join(sorted(OF_THE_PROJECT)))
    return looked_at, faults


def check_header(root):
    header = root / "include/postern/module.h"
    if not header.is_file():
        return 0, ["include/postern/module.h is not there"]
    names = {name for _, name in guard.INCLUDE.findall(guard.read(header))}
    return 1, [f"include/postern/module.h -> {name}: it needs only the C standard library" for name in names - HEADER_NEEDS]


def check_top_level(root):
    return 1, [f"{path.name} does not belong at the top level" for path in sorted(root.iterdir())
               if not path.name.startswith((".", "build", "demo-output")) and path.name not in TOP_LEVEL]


def check(root, _build):
    parts = [check_core(root), check_modules(root), check_header(root), check_top_level(root)]
    faults = [fault for _, found in parts for fault in found]
    faults += ["a part of the tree holds no file to look at" for looked_at, _ in parts if not looked_at]
    return sum(looked_at for looked_at, _ in parts), faults


PLANTS = [
    guard.plant("core/base/upwards.c", '#include "http/network.h"\n', "core/base/upwards.c -> http/network.h"),
    guard.plant("core/script/lookup/upwards.c", '#include "script/map/run.h"\n', "core/script/lookup/upwards.c -> script/map/run.h"),
    guard.plant("core/deliver/inside.c", '#include "journal/sqlite/database.h"\n', "core/deliver/inside.c -> journal/sqlite"),
    guard.plant("core/collect/stream/deep/file.c", "", "core/collect/stream/deep may include; state one"),
    guard.plant("core/novelty/file.c", "", "core/novelty may include; state one"),
    guard.plant("modules/file/reaches.c", '#include "base/error.h"\n', "modules/file/reaches.c -> base/error.h"),
    guard.plant("modules/file/other.c", '#include "mimecast/text.h"\n', "modules/file/other.c -> mimecast/text.h"),
    guard.plant("modules/shared/pack/reaches.c", '#include "shared/net/reaches.h"\n', "modules/shared/pack/reaches.c -> shared/net/reaches.h"),
    guard.plant("modules/shared/pack/own.c", '#include "own.h"\n', "modules/shared/pack/own.c -> own.h"),
    guard.plant_behind("include/postern/module.h", "#include <stdio.h>\n", "include/postern/module.h -> stdio.h"),
    guard.plant("notes.md", "", "notes.md does not belong"),
]

if __name__ == "__main__":
    guard.main(check, PLANTS)
