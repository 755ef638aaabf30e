# labels: release
"""What a user installs: the binary finds its own parts; a sink built against the installed header alone works."""
import os
import subprocess

from harness import ROOT, check


def test_installed_program_and_an_outside_sink(world):
    prefix = world.path / "prefix"
    done = subprocess.run(["cmake", "--install", str(world.build), "--prefix", str(prefix)], capture_output=True, text=True)
    check(done.returncode == 0, done.stdout + done.stderr)
    installed = sorted(str(path.relative_to(prefix)) for path in prefix.rglob("*") if path.is_file())
    for name in ("bin/postern", "include/postern/module.h", "share/postern/scripts/ecs.lua"):
        check(name in installed, f"{name} is not installed: {installed}")
    program = str(prefix / "bin/postern")
    check("source ttp-url" in subprocess.run([program, "modules"], capture_output=True, text=True, check=True).stdout,
          "the installed binary does not find its modules")

    source = ROOT / "examples/sink_minimal/sink_minimal.c"
    check(len(source.read_text().splitlines()) <= 60, "the smallest sink has grown")
    drop_in = world.path / "modules"
    drop_in.mkdir(mode=0o755)
    subprocess.run(["cc", "-std=gnu17", "-Wall", "-Werror", "-shared", "-fPIC", "-fvisibility=hidden",
                    f"-I{prefix}/include", "-o", str(drop_in / "sink_minimal.so"), str(source)], check=True, cwd="/")
    simulator = world.simulate("--events", "600", "--history", "1h", "--quiet-period", "10m", "--quirks", "off")
    out = world.path / "events.ndjson"
    config = world.config(f'modules = {{ "{drop_in}" }}', world.account(simulator, "acme"), transform='"ecs"',
                          sink=f'sink "files" {{ type = "minimal", path = "{out}" }}')
    done = subprocess.run([program, "run", "--once", "-c", str(config)], capture_output=True, text=True,
                          env=world.environment())
    check(done.returncode == 0, done.stderr)
    check(len(out.read_text().splitlines()) >= 500, "the sink received too few events")


def test_a_testing_build_refuses_to_be_installed(world):
    build = world.path / "testing"
    subprocess.run(["cmake", "-S", str(ROOT), "-B", str(build), "-G", "Ninja", "-DPOSTERN_TESTING=ON", "-DPOSTERN_TESTS=OFF"], check=True,
                   capture_output=True, env=os.environ)
    done = subprocess.run(["cmake", "--install", str(build), "--prefix", str(world.path / "prefix")], capture_output=True,
                          text=True)
    check(done.returncode != 0 and "must not be installed" in " ".join(done.stderr.split()), done.stderr)
