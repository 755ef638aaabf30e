"""One small answer that would become gigabytes: memory stays small, the stream goes on, what is gone is counted."""
import pathlib
import subprocess
import time

from harness import check
from siem_vendor import archive, siem_vendor

MIB = 1 << 20
HEAD, TAIL = b'{"type":"MTA","data":[', b"0]}"


def flood(unit, size):
    return HEAD + unit * (size // len(unit)) + TAIL


def collect(world, body, *parts):
    """Reads the answer; gives the most memory that was resident, in MiB, and the configuration."""
    with siem_vendor(world, body) as (server, vendor):
        config = world.config(*vendor, *parts, transform='"ecs"')
        process = subprocess.Popen([world.program("postern"), "run", "--once", "-c", str(config)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=world.environment())
        world.processes.append(process)
        most, status = 0, pathlib.Path(f"/proc/{process.pid}/status")
        while process.poll() is None:
            lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
            most = max(most, int(lines.get("VmHWM", "0 kB").split()[0]) // 1024)
            time.sleep(0.02)
        log = process.stderr.read()
    check(process.returncode == 0, f"exit code {process.returncode}: {log[-3000:]}")
    check(server.moved == "t1", f"the stream did not go on: {log[-3000:]}")
    return most, config, log


def expect_small(world, most):
    if not world.sanitized:
        print(f"at most {most} MiB were resident")
        # What earlier tries left (limits.set_aside_size, 32 MiB) is a value of the journal, laid over what this one leaves; and
        # the allocator keeps blocks of that size after the first ones were freed.
        check(most <= 128 + 2 * 32, "that is too much")


def test_floods_of_elements_take_little_memory(world):
    body = archive(receipt_1=flood(b"0,", 12 * MIB), receipt_2=flood(b"{},", 12 * MIB), receipt_3=b"\0" * (160 * MIB))
    most, config, _ = collect(world, body, "limits { answer_events = 300000 }")
    letters = world.postern("dead", "list", "-c", config).stdout.splitlines()
    check(any(f"it is no JSON object ({6 * MIB + 1} in a row" in line for line in letters), f"letters: {letters}")
    check(any("more records than limits.answer_events" in line for line in letters), f"letters: {letters}")
    check(any("receipt_3.json" in line for line in letters), f"letters: {letters}")
    check(len(letters) <= 6, f"letters: {letters}")
    check(world.status(config)["accounts"][0]["streams"][0]["events"] == 300000, "other events")
    expect_small(world, most)


def test_full_dead_letters_stop_no_stream(world):
    body = archive(receipt_1=flood(b"{},0,", 4 * MIB), receipt_2=HEAD + b'{"n":1}]}')
    most, config, log = collect(world, body, 'journal { dead_limit = "1MiB" }', "limits { set_aside_count = 5000 }")
    check("the dead letters are full" in log, log[-3000:])
    letters = world.postern("dead", "list", "-c", config).stdout.splitlines()
    check("were not kept, because the dead letters were full" in "\n".join(letters), f"letters: {letters[-3:]}")
    check('"n":1' in "".join(path.read_text() for path in world.output.glob("*/*.ndjson")), "the last event is missing")
    expect_small(world, most)
