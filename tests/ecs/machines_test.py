"""Maps are run by programs that are made for the shapes of events, and by a general machine. Both say the same, to the byte:
lines, what is told of wrong values, exit code. In testing builds POSTERN_MAP_MACHINE=general leaves only the general machine.

POSTERN_MACHINE_EVENTS says how many events of each kind there are. An event on which they differ is named with both lines."""
import itertools
import os
import subprocess

import events
import shapes
import simulated
from harness import ROOT, check

SEED = 7
ENVELOPE = b'{"postern":{"account":"acme","id":"%032x","received":1764151300000,'
SCRIPTS = {  # beside ecs: other maps, as a script's value and called from a function
    "siem": (ROOT / "tests/bench/map_and_lua/nested_map.lua", ROOT / "tests/bench/map_and_lua/flat_map.lua",
             ROOT / "tests/bench/map_and_lua/kept_map.lua", ROOT / "examples/scripts/ocsf_email_activity.lua"),
    "any": (ROOT / "examples/scripts/flat.lua",),
}


def mapped(world, script, file, machine):
    with open(file, "rb") as stdin:
        done = subprocess.run([world.program("postern"), "map", "-s", str(script)], stdin=stdin, capture_output=True,
                              env=world.environment({"POSTERN_MAP_MACHINE": machine}))
    return done.stdout, done.stderr, done.returncode


def first_difference(lines, *outputs):
    """By line if there is one for each event, else what both say at that place."""
    for number, (one, two) in enumerate(itertools.zip_longest(*(output.split(b"\n") for output in outputs))):
        if one != two:
            place = next((i for i, (a, b) in enumerate(zip(one or b"", two or b"")) if a != b), min(len(one or b""), len(two or b"")))
            event = lines[number] if number < len(lines) else b""
            near = slice(max(0, place - 150), place + 150)
            return f"line {number + 1}, byte {place + 1}:\n{(one or b'')[near]}\n{(two or b'')[near]}\nthe event that stands there: {event[:3000]}"
    return "no line differs"


def expect_equal(world, lines, scripts=("ecs",)):
    check(lines, "no events")
    file = world.path / "events.ndjson"
    file.write_bytes(b"\n".join(lines) + b"\n")
    for script in scripts:
        quick, general = (mapped(world, script, file, machine) for machine in ("", "general"))
        check(quick[2] == general[2] and quick[2] in (0, 1), f"{script}: exit codes {quick[2]} and {general[2]}: {quick[1][-500:]}")
        check(quick[0] == general[0], lambda: f"{script}: {first_difference(lines, quick[0], general[0])}")
        check(quick[1] == general[1], lambda: f"{script}: told: {first_difference([], quick[1], general[1])}")
        check(quick[0].count(b"\n") > len(lines) / 2, f"{script}: hardly an event came out: {quick[1][-500:]}")


def count_of(world, count):
    return int(os.environ.get("POSTERN_MACHINE_EVENTS", count // 10 if world.sanitized else count))


def simulated_lines(world, *options):
    """With who had it when, so that nothing depends on the present."""
    return [line.replace(b'{"postern":{', ENVELOPE % number, 1) for number, line in enumerate(simulated.corpus(world, *options))]


def of_siem(lines):
    return [line for line in lines if b'"source":"siem"' in line[:160]]


def test_simulated_events_of_all_sources(world):
    count = str(count_of(world, 30_000))
    for plain in ((), ("--plain",)):
        lines = simulated_lines(world, "--sources", "all", "--seed", str(SEED), "--events", count, *plain)
        expect_equal(world, lines, ("ecs", *SCRIPTS["any"]))
        expect_equal(world, of_siem(lines), SCRIPTS["siem"])


def test_simulated_mail_of_api_2(world):
    for plain in ((), ("--plain",)):
        expect_equal(world, simulated_lines(world, "--sources", "siem", "--api", "2", "--seed", str(SEED), "--events", str(count_of(world, 20_000)),
                                            *plain), ("ecs", *SCRIPTS["any"], *SCRIPTS["siem"]))


def test_shapes_and_what_is_not_quite_one(world):
    lines = [event.line() for event in shapes.stream(SEED, count_of(world, 60_000))]
    expect_equal(world, lines, ("ecs", *SCRIPTS["any"]))
    expect_equal(world, of_siem(lines), SCRIPTS["siem"])


def test_hostile_events(world):
    expect_equal(world, [event.line() for event in events.stream(SEED, count_of(world, 40_000))])


def test_each_hostile_value_in_each_field(world):
    step = 10 if world.sanitized else 1
    expect_equal(world, [event.line() for event in itertools.islice(events.sweep(SEED), 0, None, step)])
