"""Scripts and events that are made to take for ever, to need all memory, or to reach what is not theirs: each ends within the
limits, harms its own event alone, and leaves the worker as it was.

attacks/NAME.lua says in its first lines what it does, how its event must end (a part of the dead letter's reason, or "kept") and
which data it needs. It does so for the event that is called an attack; those before and behind it are mapped as ever."""
import concurrent.futures
import json
import pathlib
import re
import subprocess

from harness import check

ATTACKS = pathlib.Path(__file__).parent / "attacks"
SCRIPT_TIME, SCRIPT_MEMORY = 1.0, 64 << 10  # the defaults, in seconds and KiB
# A slow machine takes longer for what is outside of the limit (reading, freeing, page faults). A limit that does not hold, or that
# the event is given twice, takes at least twice as long.
CPU_MOST = 1.9 * SCRIPT_TIME
MEMORY_MOST = SCRIPT_MEMORY + (64 << 10)


def word_list(count, prefix="word"):
    return [f"{prefix}{i:06x}" for i in range(count)]


DATA = {
    None: lambda: {},
    "names": lambda: {f"name{i}": i for i in range(100_000)},
    "alike names": lambda: {f"aaaaaaaa{i:06x}bbbbbbbb": i for i in range(20_000)},
    "alike": lambda: {"list": [f"aaaaaaaa{i:06x}@bbbb.cc" for i in range(120_000)]},
    "nested": lambda: {"nested": {f"name{i}": i for i in range(100_000)}},
    "list": lambda: {"list": word_list(100_000)},
    "two lists": lambda: {"list": word_list(100_000), "list2": word_list(100_000)},
    "fields": lambda: {"b": "1", **{f"f{i}": "1" for i in range(1, 41)}},
    "letters": lambda: {"text": "a" * 3_000_000},
    "commas": lambda: {"text": "," * 3_000_000},
    "escapes": lambda: {"text": "ESCAPE" * 300_000},
}


def run(world, script, lines):
    """What came out, the dead letters and what it took: (lines, letters, CPU seconds, KiB at the most)."""
    name = world.path / pathlib.Path(script).stem
    source, out, dead = (name.with_suffix(suffix) for suffix in (".in", ".out", ".dead"))
    source.write_text("\n".join(lines) + "\n")
    dead.unlink(missing_ok=True)
    command = ["sh", "-c", 'exec "$0" map -s "$1" --dead "$2" "$3" >"$4"', world.program("postern"), script, dead, source, out]
    # A small parent of its own, because a process inherits the peak memory of the one that it was forked from.
    done = subprocess.run([world.program("bench_launch"), "-1", *map(str, command)], env=world.environment(),
                          capture_output=True, text=True, check=True)
    _, cpu, memory, code, _ = done.stderr.split()
    check(code in ("0", "1"), f"exit code {code}")
    letters = [json.loads(line) for line in dead.read_text().splitlines()]
    return out.read_text().splitlines(), letters, float(cpu), int(memory)


def attack(world, script, idle):
    head = re.match(r"-- .*\n-- outcome: (.*)\n(?:-- data: (.*)\n)?", script.read_text())
    check(head, "its first lines do not say how it must end")
    outcome, data = head.groups()
    event = json.dumps({"attack": "now", **DATA[data]()}).replace("ESCAPE", "\\u0061")
    for _ in range(8):  # a busy machine only adds to what it takes
        out, dead, cpu, memory = run(world, script, ['{"n":1}', event, '{"n":2,"text":"as ever"}'])
        if world.sanitized or cpu - idle[0] <= CPU_MOST:
            break
    figures = f"{cpu - idle[0]:.2f} s, {memory >> 10} MiB, {'; '.join(letter['reason'] for letter in dead) or 'kept'}"
    check(out[:1] == ['{"n":1}'] and out[-1:] == ['{"n":2,"text":"as ever"}'], f"its neighbours: {figures}")
    check(len(dead) <= 1 and all(letter["line"] == 2 for letter in dead), f"letters of others: {figures}")
    reason = dead[0]["reason"] if dead else "kept"
    check(re.search(outcome, reason), f"must end with \"{outcome}\": {figures}")
    for line in out:
        json.loads(line)
    if not world.sanitized:
        check(cpu - idle[0] <= CPU_MOST, f"too long: {figures}")
        check(memory <= MEMORY_MOST, f"too large: {figures}")
    return figures


def test_every_attack_ends_within_its_limits(world):
    idle = run(world, ATTACKS / "global.lua", ['{"n":1}'])[2:]
    scripts = sorted(ATTACKS.glob("*.lua"))
    check(len(scripts) >= 25, "attacks are missing")
    failures = []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        running = {script: pool.submit(attack, world, script, idle) for script in scripts}
        for script, result in running.items():
            try:
                print(f"  {script.stem:22} {result.result()}")
            except Exception as failure:  # all are told, not the first alone
                failures.append(f"{script.stem}: {failure}")
                print(f"  {script.stem:22} FAILED {failure}")
    check(not failures, "\n".join(failures))
