# labels: release
"""What is installed is built so that a fault in memory stays one: hardening-check (devscripts) finds nothing missing in the
program, any module, or an example that is built with the tree."""
import json
import re
import subprocess

from harness import check

# What may stand behind a name instead of "yes", and why that is no fault:
EXCUSES = {
    # Only an executable can be one; a module is position independent anyway, else it would not link.
    "Position Independent Executable": "no, regular shared library (ignored)",
    # Nothing to protect is called.
    "Fortify Source functions": "unknown, no protectable libc functions used",
    # The tool knows the probes of frames whose size varies, and we have none; compiled_with_probes() looks for the others.
    "Stack clash protection": "unknown, no -fstack-clash-protection instructions found",
}
NAMES = {"Position Independent Executable", "Stack protected", "Fortify Source functions", "Read-only relocations",
         "Immediate binding", "Stack clash protection", "Control flow integrity"}


def output(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)


def is_elf(path):
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def faults(files):
    """None of the tool's options is used: each would leave out a requirement."""
    found = []
    for file in files:
        done = output("hardening-check", file)
        lines = dict(re.findall(r"^ ([^:]+): (.*)$", done.stdout, re.M))
        if set(lines) != NAMES:
            found.append(f"{file}: hardening-check speaks of {sorted(lines)}: {done.stderr}")
        if done.returncode:
            found.append(f"{file}: hardening-check ends with {done.returncode}")
        excuses = {**EXCUSES, **({"Position Independent Executable": "yes"} if file.suffix != ".so" else {})}
        found += [f"{file}: {name}: {verdict}" for name, verdict in lines.items()
                  if not verdict.startswith("yes") and verdict != excuses.get(name)]
        if not re.search(r"GNU_STACK.* RW ", output("readelf", "-lW", file).stdout):
            found.append(f"{file}: its stack can be executed")
    return found


def compiled_with_probes(world):
    """Every file of ours was compiled with the flag, and the program has probes of fixed frames."""
    commands = json.loads((world.build / "compile_commands.json").read_text())
    ours = [command for command in commands if re.search(r"/(core|modules|examples)/", command["file"])]
    bare = [command["file"] for command in ours if "-fstack-clash-protection" not in command["command"]]
    check(len(ours) > 200 and not bare, f"{len(ours)} files, of them without the flag: {bare}")
    code = output("objdump", "-d", "--no-show-raw-insn", world.program("postern")).stdout
    check(re.search(r"orq\s+\$0x0,(0x[0-9a-f]+)?\(%rsp\)", code), "the program has no probes of the stack")


def test_all_that_is_installed(world):
    prefix = world.path / "prefix"
    done = output("cmake", "--install", world.build, "--prefix", prefix)
    check(done.returncode == 0, done.stderr)
    files = sorted(path for path in prefix.rglob("*") if path.is_file() and is_elf(path))
    names = {path.name for path in files}
    check({"postern", "mimecast.so", "file.so", "stdout.so"} <= names, f"{names}")
    examples = [*world.build.glob("e2e-modules/sink_http.so"), *world.build.rglob("source_minimal.so")]
    check(len(examples) >= 2, f"{examples}")
    found = faults(files + examples)
    check(not found, "\n".join(found))
    compiled_with_probes(world)


def test_what_lacks_something_is_found(world):
    """One file for each requirement, built without it."""
    source = world.path / "planted.c"
    source.write_text("#include <stdio.h>\n#include <string.h>\n"
                      "int main(int count, char **words)\n{\n    char copy[8000];\n    strcpy(copy, words[count - 1]);\n"
                      "    return puts(copy);\n}\n")
    all_flags = ["-O2", "-fPIE", "-pie", "-fstack-protector-strong", "-fstack-clash-protection", "-fcf-protection", "-D_FORTIFY_SOURCE=3",
                 "-Wl,-z,relro", "-Wl,-z,now", "-Wl,-z,noexecstack", "-Wl,-z,ibt", "-Wl,-z,shstk"]
    lacking = {"": None, "-no-pie": "Position Independent Executable", "-fno-stack-protector": "Stack protected",
               "-U_FORTIFY_SOURCE": "Fortify Source functions", "-Wl,-z,norelro": "Read-only relocations",
               "-Wl,-z,lazy": "Immediate binding", "-fcf-protection=none": "Control flow integrity",
               "-Wl,-z,execstack": "its stack can be executed"}
    for number, (flag, fault) in enumerate(lacking.items()):
        flags = [word for word in all_flags if flag != "-fcf-protection=none" or word[-3:] not in ("ibt", "stk")]
        planted = world.path / f"planted{number}"
        subprocess.run(["gcc", *flags, *([flag] if flag else []), "-o", planted, source], check=True)
        found = faults([planted])
        check(any(fault in line for line in found) if fault else not found, f"{flag}: {found}")
