# labels: release
"""A build optimized by a profile (POSTERN_PGO, tests/bench/pgo): what the runs did is written down and used, what lacks a profile
or may not be installed is refused. One small program stands for all."""
import subprocess

from harness import ROOT, check

PROGRAM = "unit_parse_mentions_test"
HOT = "core/CMakeFiles/postern_parse.dir/parse/mentions.c.o"


def configure(build, *options):
    # Without LTO an object has sections to look at.
    done = subprocess.run(["cmake", "-S", ROOT, "-B", build, "-G", "Ninja", "-DPOSTERN_WERROR=ON", "-DCMAKE_INTERPROCEDURAL_OPTIMIZATION=OFF",
                           *options], capture_output=True, text=True)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def build_program(build):
    done = subprocess.run(["ninja", "-C", build, "--quiet", PROGRAM], capture_output=True, text=True)
    check(done.returncode == 0, done.stdout + done.stderr)


def sections(file):
    return subprocess.run(["readelf", "-SW", file], capture_output=True, text=True, check=True).stdout


def test_the_profile_is_written_and_used(world):
    build = world.path / "profiled"
    code, words = configure(build, "-DPOSTERN_PGO=use")
    check(code != 0 and "no profile lies in" in words and "tests/bench/pgo makes one" in words, words)
    code, words = configure(build, "-DPOSTERN_PGO=sometimes")
    check(code != 0 and "POSTERN_PGO is generate, use or empty, not sometimes" in words, words)

    code, words = configure(build, "-DPOSTERN_PGO=generate")
    check(code == 0, words)
    build_program(build)
    check(".text.hot" not in sections(build / HOT), "hot code is known before anything has run")
    done = subprocess.run(["cmake", "--install", build, "--prefix", world.path / "prefix"], capture_output=True, text=True)
    check(done.returncode != 0 and "it must not be installed" in " ".join(done.stderr.split()), done.stderr)
    subprocess.run([next(build.rglob(f"bin/{PROGRAM}"))], capture_output=True, check=True)

    code, words = configure(build, "-DPOSTERN_PGO=use")
    check(code == 0, words)
    build_program(build)
    check(".text.hot" in sections(build / HOT), "the profile has not told which code is hot")
