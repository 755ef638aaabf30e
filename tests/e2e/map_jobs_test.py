# labels: threads
"""`map` on several processors: what comes out, what is said and how it ends are as with one job, to the byte."""
import collections
import re
import subprocess

from harness import check, wait_until

# Drops under more reasons than are shown, splits, has more notes than are kept, fails, and leaves most to the packaged mapping.
SCRIPT = """local ecs = postern.script "ecs/siem"
local number = postern.map { { "number", postern.map.field("n"):integer() }, { "rest", postern.map.rest() } }
return function(event, ctx)
  if not event.n then return ecs(event) end
  local n = tonumber(tostring(event.n):match "%d+")
  if n % 7 == 0 then return nil, "reason " .. (n % 41) end
  if n % 11 == 0 then return nil end
  if n % 97 == 0 then error("refused " .. n) end
  if n % 13 == 0 then ctx.note("thirteen of " .. (n % 5)) end
  if n % 19 == 0 then for i = 1, n % 5 do ctx.note("more than are shown: " .. (n // 19 + i) % 400) end end
  if n % 17 == 0 then return { event, { second = n } } end
  if n % 3 == 0 then return number(event) end
  return event
end
"""


def corpora(world):
    """Files of some pieces each (core/commands/map.c): of every source, and of lines that are trouble."""
    for name in ("siem", "audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp"):
        file = world.path / f"{name}.ndjson"
        with open(file, "wb") as out:
            subprocess.run([world.program("postern-simulator"), "corpus", "--sources", name, "--plain", "--seed", "3", "--events", "1500"], stdout=out,
                           check=True)
        yield name, file
    file = world.path / "mixed.ndjson"
    fill = "x" * 150
    lines = [f'{{"n":{number},"fill":"{fill}"}}' if number % 19 else f'{{"n":"{number} pieces","fill":"{fill}","a":1,"a":2}}' for number in range(6000)]
    lines[3000:3000] = ["not json", "", '{"n":1', "[1]"]
    lines[5000] = f'{{"n":5000,"fill":"{"y" * 5_000_000}"}}'  # of which one at a time is worked on
    file.write_text("\n".join(lines))  # no line end behind the last
    yield "mixed", file


def events_with_others(numbers):
    """How many events have one of the notes for which there was no room."""
    kept, events = set(), 0
    for n in numbers:
        if not (n % 7 and n % 11 and n % 97):
            continue
        notes = [f"thirteen of {n % 5}"] if n % 13 == 0 else []
        if n % 19 == 0:
            notes += [(n // 19 + i) % 400 for i in range(1, n % 5 + 1)]
            notes += ["no whole number"] if n % 17 and n % 3 == 0 else []
        for note in notes:
            if len(kept) < 128:
                kept.add(note)
        events += any(note not in kept for note in notes)
    return events


def run(world, jobs, *words):
    dead = world.path / f"dead{jobs}"
    done = subprocess.run([world.program("postern"), "map", "--jobs", str(jobs), "--dead", dead, *map(str, words)], capture_output=True,
                          env=world.environment())
    return {"stdout": done.stdout, "stderr": done.stderr, "dead": dead.read_bytes(), "code": done.returncode}


def check_equal(world, what, *words):
    one = run(world, 1, *words)
    for jobs in (2, 5):
        several = run(world, jobs, *words)
        for part, value in one.items():
            check(several[part] == value, lambda: f"{what}, {jobs} jobs: {part} differs: {several[part][-2000:]!r}\nnot {value[-2000:]!r}")
    return one


def test_several_jobs_give_what_one_gives(world):
    world.use_clock(rate=0)  # or ctx.received would differ
    script = world.path / "script.lua"
    script.write_text(SCRIPT)
    files = []
    for name, file in corpora(world):
        files.append(file)
        for words in ([], ["-s", "ecs", "--source", name], ["-s", script]):
            check_equal(world, f"{name} {words}", *words, file)
    all_of_them = check_equal(world, "all files", "-s", script, *files[:3], world.path / "nowhere", *files[3:])
    check(all_of_them["code"] == 1 and all_of_them["stdout"].count(b"\n") > 9000, lambda: all_of_them["stderr"])
    for words in (b"cannot open", b"refused ", b": other reasons", b"thirteen of 4: ", b"is no whole number", b" failed; some texts had wrong bytes"):
        check(words in all_of_them["stderr"], f"{words}: {all_of_them['stderr'].decode()}")
    # One job reads in pieces as well, so what they add up to is counted here.
    numbers = [int(number) for number in re.findall(r'^{"n":"?(\d+)(?: pieces"|,)', (world.path / "mixed.ndjson").read_text(), re.M)]
    reasons = collections.Counter("no reason given" if number % 7 else f"reason {number % 41}" for number in numbers if not (number % 7 and number % 11))
    told = dict(reversed(row.split(": ")) for row in re.findall(r"^  (\d+: .*?)$", all_of_them["stderr"].decode(), re.M))
    shown = list(reasons)[:30]
    check([int(told[reason]) for reason in shown] == [reasons[reason] for reason in shown], f"{told} is not {reasons}")
    said = check_equal(world, "the mixed one", "-s", script, world.path / "mixed.ndjson")["stderr"].decode()
    check(f"  and others, in {events_with_others(numbers)} events\n" in said, f"not {events_with_others(numbers)}: {said[-500:]}")


def test_it_ends_when_nobody_reads(world):
    """While the input is still open, and nothing more comes."""
    line = b'{"a":"' + b"x" * 1000 + b'"}\n'
    process = subprocess.Popen([world.program("postern"), "map", "--jobs", "4"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=world.environment())
    world.processes.append(process)
    process.stdin.write(line * 200)
    process.stdin.flush()
    check(process.stdout.readline() == line, "the first line does not come out")
    process.stdout.close()
    try:
        while process.poll() is None:
            process.stdin.write(line * 200)
            process.stdin.flush()
    except BrokenPipeError:
        pass
    wait_until(lambda: process.poll() is not None, "it ends")
    check(process.returncode == 0, f"exit code {process.returncode}")


def test_a_number_of_jobs_that_is_none_is_refused(world):
    for word in ("0", "65", "many", "-1", "2x", ""):
        said = world.postern("map", "--jobs", word, stdin="{}\n", code=2).stderr
        check("--jobs is a number from 1 to 64" in said, said)
