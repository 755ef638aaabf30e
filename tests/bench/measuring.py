"""One run of a command, measured by the system: what the benchmarks have in common."""
import collections
import os
import subprocess

# Seconds, CPU seconds of the whole process, MiB at most, exit code (minus the signal), MiB written to files.
Taken = collections.namedtuple("Taken", "wall cpu peak code written")


def measure(build, command, stdin=None, environment=None, processor=-1):
    """Runs a command, pinned to one processor unless it is -1."""
    with open(stdin or os.devnull, "rb") as source:
        done = subprocess.run([build / "bin/bench_launch", str(processor), *command], stdin=source, env=environment,
                              stderr=subprocess.PIPE, text=True, check=True)
    wall, cpu, peak, code, blocks = done.stderr.split()
    return Taken(float(wall), float(cpu), int(peak) / 1024, int(code), int(blocks) * 512 / (1 << 20))


def run_once(world, config, *options):
    """`postern run --once` in a world of the end-to-end tests."""
    return measure(world.build, [world.program("postern"), "run", "--once", "--quiet", *options, "-c", str(config)], environment=world.environment())
