#!/usr/bin/env python3
"""Each public header compiles alone in every dialect that a module may be written in, with both compilers, pedantic."""
import concurrent.futures
import shutil
import subprocess

import guard

STRICT = ["-pedantic", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Wundef", "-Werror", "-fsyntax-only"]
DIALECTS = [(compiler, language, standard)
            for compilers, language, standards in ((("gcc", "clang"), "c", ("c11", "c17")),
                                                   (("g++", "clang++"), "c++", ("c++17",)))
            for compiler in compilers for standard in standards]


def refusal(root, header, compiler, language, standard):
    if not shutil.which(compiler):
        return f"{compiler} is not installed (tests/packages test)"
    run = subprocess.run([compiler, f"-std={standard}", *STRICT, f"-I{root / 'include'}", "-x", language, "-include", str(header), "/dev/null"],
                         capture_output=True, text=True)
    first = next((line for line in run.stderr.splitlines() if "error" in line), run.stderr.strip())
    return f"{guard.name_of(header, root)} with {compiler} -std={standard}: {first}" if run.returncode else None


def check(root, _build):
    headers = guard.files(root, ["include"], (".h",))
    work = [(root, header, *dialect) for header in headers for dialect in DIALECTS]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        refusals = [words for words in pool.map(lambda item: refusal(*item), work) if words]
    return len(work), refusals


PLANTS = [
    guard.plant_behind("include/postern/module.h", "\nstatic inline int *planted(void *p)\n{\n    return p;\n}\n",
                       "with clang++ -std=c++17"),
    guard.plant_behind("include/postern/module.h", "\nstruct planted {\n    int (*f)(size_t);\n    struct {\n    };\n};\n",
                       "with gcc -std=c11"),
    guard.plant("include/postern/needs.h", "static inline size_t planted(void)\n{\n    return 0;\n}\n", "needs.h with gcc -std=c17"),
]

if __name__ == "__main__":
    guard.main(check, PLANTS)
