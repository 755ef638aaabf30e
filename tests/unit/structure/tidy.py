#!/usr/bin/env python3
"""clang-tidy, with the checks of .clang-tidy, finds nothing in any source file. What it found nothing in is remembered, and a run that
takes turns (tests/turn) looks at what changed lately and at a sixth of the rest."""
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import zlib

import guard
import tidy_cache

JOBS = 2
FINDING = re.compile(r"^(/\S+?):(\d+):\d+: (?:warning|error): (.*)$", re.M)


def compiled(root, build):
    """The sources of this tree that the build compiles, each with how it does, and those that it does not."""
    database = build / "compile_commands.json"
    entries = {entry["file"]: entry for entry in json.loads(guard.read(database))} if database.is_file() else {}
    sources = guard.files(root, guard.WITH_TESTS, (".c",))
    return ({file: entries[str(file)] for file in sources if str(file) in entries},
            [file for file in sources if str(file) not in entries])


def changed_lately(root):
    """The names of the files that the last commits changed, None where there is no history."""
    tool = root / "tests/lately"
    listed = subprocess.run([tool], capture_output=True, text=True).stdout if tool.is_file() else ""
    return set(listed.split()) or None


def whose_turn(root, files):
    turn, lately = os.environ.get("POSTERN_TURN", "all"), changed_lately(root)
    if turn == "all" or lately is None:
        return files
    names = {file: guard.name_of(file, root) for file in files}
    return [file for file, name in names.items() if name in lately or zlib.crc32(name.encode()) % 6 == int(turn)]


def findings(tool, root, file, options, behind, key):
    run = subprocess.run([tool, "--quiet", *options, str(file), *behind], capture_output=True, text=True)
    found = {f"{pathlib.Path(name).resolve().relative_to(root)}:{line}: {words}"
             for name, line, words in FINDING.findall(run.stdout) if pathlib.Path(name).resolve().is_relative_to(root)}
    found = found or ({f"{file}: {run.stderr.strip()[-500:]}"} if run.returncode else set())
    if not found:
        tidy_cache.Cache.remember(key)
    return found


def check(root, build):
    tool = shutil.which("clang-tidy")
    if not tool:
        return 0, ["clang-tidy is not installed (tests/packages test)"]
    if (root / "compile_commands.json").is_file():  # the self-test's
        build = root
    sources, others = compiled(root, build)
    found = {f"{guard.name_of(file, root)} is not compiled by {build}: it is not looked at" for file in others
             if not guard.name_of(file, root).startswith("examples/")}
    # The examples are built by tests of their own, as their users build them.
    alone = ["--", "-std=c17", "-Wall", "-Wextra", f"-I{root / 'include'}"]
    cache = tidy_cache.Cache(root, tool)
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        sources = {file: sources[file] for file in whose_turn(root, sources)}
        keys = pool.map(lambda entry: cache.key(entry["command"], entry["directory"]), sources.values())
        work = [(file, ["-p", str(build)], [], key) for file, key in zip(sources, keys)]
        work += [(file, [], alone, None) for file in others if guard.name_of(file, root).startswith("examples/")]
        left = [item for item in work if not cache.knows(item[3])]
        for faults in pool.map(lambda item: findings(tool, root, *item), left):
            found |= faults
    print(f"{len(work) - len(left)} of {len(work)} had no fault when they were looked at before, and are as they were")
    return len(work), sorted(found)


def plant_finding(root):
    for folder in guard.WITH_TESTS:
        shutil.rmtree(root / folder, ignore_errors=True)
    source = root / "core/base/hole.c"
    source.parent.mkdir(parents=True)
    source.write_text("int hole(int asked);\nint hole(int asked)\n{\n    int *nowhere = 0;\n    return asked ? *nowhere : 0;\n}\n",
                      encoding="utf-8")
    entry = {"directory": str(root), "file": str(source), "command": f"cc -c {source}"}
    (root / "compile_commands.json").write_text(json.dumps([entry]), encoding="utf-8")


PLANTS = [(plant_finding, "core/base/hole.c:5: Dereference of null pointer")]

if __name__ == "__main__":
    guard.main(check, PLANTS)
