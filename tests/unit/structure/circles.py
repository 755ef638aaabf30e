#!/usr/bin/env python3
"""No two files need each other, directly or over others: a graph of who needs whose symbols, out of the object files
of the core and of each module. A callback handed over, or a table of functions, counts as a call."""
import pathlib
import shutil
import subprocess

import guard

# True recursions: (files, why they cannot stand in a line).
RECURSIONS = [
    (("core/script/map/steps.c", "core/script/map/targets.c"), "an object in a map has targets, and these have steps"),
    (("core/script/map/program/specialise.c", "core/script/map/program/specialise_condition.c",
      "core/script/map/program/specialise_target.c"), "the same for a shape, and steps have conditions, which ask about steps"),
]


def objects(root, build):
    """Per program: the object of each source file, None where there is none."""
    programs, built = {}, {}
    for top in ("core", "modules"):
        for target in (build / top / "CMakeFiles").glob("*.dir"):
            for file in sorted(target.rglob("*.c.o")):
                built.setdefault(f"{top}/{file.relative_to(target)}", file)
    for file in guard.files(root, ["core", "modules"], (".c",)):
        name = guard.name_of(file, root)
        top = name.partition("/")[0]
        program = top if top == "core" else "/".join(pathlib.PurePath(name).parts[:2])
        programs.setdefault(program, {})[name] = built.get(f"{name}.o")
    return programs


def symbols(objects_of):
    """{file: (what its object defines for others, what it needs)}"""
    names = {str(file): name for name, file in objects_of.items()}
    listed = subprocess.run([shutil.which("nm") or "llvm-nm", "--format=posix", "--print-file-name", *names],
                            capture_output=True, text=True, check=True).stdout
    tables = {name: (set(), set()) for name in objects_of}
    for line in listed.splitlines():
        file, _, rest = line.rpartition(": ")
        symbol, kind = rest.split()[:2]
        defined, needed = tables[names[file]]
        if kind == "U":
            needed.add(symbol)
        elif kind.isupper():
            defined.add(symbol)
    return tables


def graph(objects_of):
    """{file: {file that it needs: [symbols]}}"""
    tables = symbols(objects_of)
    home = {symbol: name for name, (defined, _) in tables.items() for symbol in defined}
    needs = {name: {} for name in tables}
    for name, (_, needed) in tables.items():
        for symbol in sorted(needed):
            if home.get(symbol, name) != name:
                needs[name].setdefault(home[symbol], []).append(symbol)
    return needs


def reach(needs, start):
    seen, left = set(), list(needs[start])
    while left:
        name = left.pop()
        if name not in seen:
            seen.add(name)
            left += needs[name]
    return seen


def circles(needs):
    reached = {name: reach(needs, name) for name in needs}
    done = set()
    for name in sorted(needs):
        circle = {other for other in reached[name] if name in reached[other]} | {name}
        if len(circle) > 1 and name not in done:
            done |= circle
            yield circle


def describe(needs, circle):
    return [f"    {name} needs {other}: {' '.join(needs[name][other])}"
            for name in sorted(circle) for other in sorted(needs[name]) if other in circle]


def check(root, build):
    looked_at, faults, met = 0, [], set()
    for program, objects_of in objects(root, build).items():
        missing = [name for name, file in objects_of.items() if not file]
        faults += [f"{name} has no object in {build}: build first" for name in missing]
        if missing:
            continue
        looked_at += len(objects_of)
        needs = graph(objects_of)
        if len(objects_of) > 1 and not any(needs.values()):
            faults.append(f"{program}: no file needs another one; the objects cannot be read")
        for circle in circles(needs):
            allowed = {frozenset(files) for files, _ in RECURSIONS if circle <= set(files)}
            met |= allowed
            if not allowed:
                faults.append("\n".join([f"{program}: these files need each other in a circle:", *describe(needs, circle)]))
    faults += [f"this recursion is gone, strike it: {' '.join(files)}" for files, _ in RECURSIONS
               if looked_at and frozenset(files) not in met and (root / files[0]).is_file()]
    return looked_at, faults


def plant_circle(root):
    """Two files that call each other, over a third; the self-test's own tree and objects."""
    for folder in ("core", "modules"):
        shutil.rmtree(root / folder)
    calls = {"one": "two", "two": "three", "three": "one"}
    for name, other in calls.items():
        source = root / f"core/base/{name}.c"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(f"void {name}(void);\nvoid {other}(void);\nvoid {name}(void)\n{{\n    {other}();\n}}\n", encoding="utf-8")
        compiled = root / f"core/CMakeFiles/postern_base.dir/base/{name}.c.o"
        compiled.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cc", "-fvisibility=hidden", "-c", str(source), "-o", str(compiled)], check=True)


def plant_missing(root):
    (root / "core/base/never_built.c").write_text("int never_built;\n", encoding="utf-8")


def check_planted(root, build):
    # The planted circle is built in the copy itself; everything else is looked at with the true build's objects.
    return check(root, root if (root / "core/CMakeFiles").is_dir() else build)


PLANTS = [
    (plant_circle, "core/base/one.c needs core/base/two.c: two"),
    (plant_missing, "core/base/never_built.c has no object"),
]

if __name__ == "__main__":
    guard.main(check_planted, PLANTS)
