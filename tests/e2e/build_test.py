# labels: release
"""Building on machines that lack something: what is missing is named at once, and a checkout that others can change is no
place for modules."""
import os
import pathlib
import re
import shutil
import subprocess

from harness import ROOT, check

LIBRARIES = "liblua5.4-dev libcurl4-openssl-dev libssl-dev libcjson-dev libsqlite3-dev libarchive-dev libzstd-dev zlib1g-dev libpsl-dev"


def configure(world, found, *options):
    """Runs cmake where pkg-config finds what lies in the folder `found` alone."""
    build = world.path / f"build-{found.name}{len(options)}"
    environment = {**os.environ, "PKG_CONFIG_LIBDIR": str(found), "PKG_CONFIG_PATH": ""}
    done = subprocess.run(["cmake", "-S", str(ROOT), "-B", str(build), "-G", "Ninja", *options], capture_output=True, text=True,
                          env=environment)
    return done.returncode, " ".join((done.stdout + done.stderr).split()), build


def test_all_missing_libraries_are_named_at_once(world):
    nothing = world.path / "nothing"
    nothing.mkdir()
    code, words, _ = configure(world, nothing)
    check(code != 0 and f"apt-get install {LIBRARIES}" in words and words.count("CMake Error") == 1, words)


def test_a_plain_build_goes_without_what_only_tests_need(world):
    plain = world.path / "plain"
    plain.mkdir()
    folders = subprocess.run(["pkg-config", "--variable", "pc_path", "pkg-config"], capture_output=True, text=True, check=True).stdout
    for folder in folders.strip().split(":"):
        for file in pathlib.Path(folder).glob("*.pc"):
            if file.stem not in ("cmocka", "libmicrohttpd") and not (plain / file.name).exists():
                (plain / file.name).symlink_to(file)
    code, words, build = configure(world, plain)
    check(code == 0 and "The tests are left out: they need libcmocka-dev libmicrohttpd-dev" in words, words)
    targets = subprocess.run(["ninja", "-C", str(build), "-t", "targets", "all"], capture_output=True, text=True, check=True).stdout
    check("bin/postern:" in targets and "simulator" not in targets, targets[:2000])
    for option, what in (("-DPOSTERN_TESTS=ON", "libcmocka-dev libmicrohttpd-dev"), ("-DPOSTERN_SIMULATOR=ON", "libmicrohttpd-dev")):
        code, words, _ = configure(world, plain, option, "-DPOSTERN_TESTS=OFF" if "SIM" in option else "-DPOSTERN_WERROR=ON")
        check(code != 0 and f"{option[2:]}) needs packages that are not installed" in words and f"apt-get install {what}" in words, words)


def test_readme_names_the_packages(world):
    """The line that a user copies has what tests/packages and cmake ask for."""
    wanted = re.search(r'^build="([^"]*)"', (ROOT / "tests/packages").read_text(), re.M).group(1).split()
    line = re.search(r"apt-get install ((?:[^\\\n]|\\\n)*)", (ROOT / "README.md").read_text()).group(1).replace("\\", " ").split()
    check(sorted(wanted) == sorted(line), f"{sorted(wanted)} != {sorted(line)}")
    check(set(LIBRARIES.split()) < set(wanted), str(wanted))


def test_a_checkout_that_others_can_change_is_built_elsewhere(world):
    def ask(checkout, **variables):
        done = subprocess.run([checkout / "tests/build_folder"], capture_output=True, text=True,
                              env={**os.environ, "TMPDIR": str(world.path), **variables})
        return done.returncode, done.stdout.strip(), done.stderr

    checkout = world.path / "outer" / "checkout"
    (checkout / "tests").mkdir(parents=True)
    checkout.chmod(0o755)
    checkout.parent.chmod(0o755)
    shutil.copy(ROOT / "tests/build_folder", checkout / "tests")
    check(ask(checkout) == (0, str(checkout / "build"), ""), str(ask(checkout)))
    changes = [(checkout, lambda: checkout.chmod(0o777)), (checkout.parent, lambda: checkout.parent.chmod(0o775))]
    if os.geteuid() == 0:
        changes.append((checkout, lambda: os.chown(checkout, 4242, 4242)))
    for folder, change in changes:
        change()
        code, build, words = ask(checkout)
        check(code == 0 and build.startswith(f"{world.path}/postern-build-") and f"{folder} is not only yours" in words, words)
        check(os.stat(build).st_mode & 0o777 == 0o700 and ask(checkout)[1] == build, build)
        os.chown(folder, os.geteuid(), -1)
        folder.chmod(0o755)
    # Somebody else was there first.
    checkout.chmod(0o777)
    pathlib.Path(build).chmod(0o777)
    code, printed, words = ask(checkout)
    check(code == 1 and not printed and "is not only ours" in words, words)
