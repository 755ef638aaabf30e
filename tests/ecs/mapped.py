"""Sends events through `postern map -s ecs` and checks what comes out: each line by check.py, one line for each event, and every
mark of an event stands in its line."""
import concurrent.futures
import multiprocessing
import pathlib
import re
import subprocess
import tempfile

import events
import inputs
from check import Checker

BATCH = 10_000
FAILED_LINE = re.compile(r"^stdin:(\d+): (.*)$")


def map_events(postern, lines, folder, environment=None):
    """What came out for each line: the bytes, or the reason of a line that failed."""
    given, out = folder / "events", folder / "mapped"
    given.write_bytes(b"\n".join(lines) + b"\n")
    with open(given, "rb") as stdin, open(out, "wb") as stdout:
        done = subprocess.run([postern, "map", "-s", "ecs"], stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, env=environment)
    told = done.stderr.decode(errors="replace").splitlines()
    failed = {int(found[1]): found[2] for found in map(FAILED_LINE.match, told) if found}
    mapped = out.read_bytes().split(b"\n")[:-1]
    if done.returncode not in (0, 1) or len(mapped) + len(failed) != len(lines):
        raise AssertionError(f"{len(lines)} events in, {len(mapped)} lines out, {len(failed)} failed, exit code {done.returncode}: {told[-5:]}")
    following = iter(mapped)
    return [failed.get(number) or next(following) for number in range(1, len(lines) + 1)]


def look(checker, event, mapped):
    if isinstance(mapped, str):
        checker.lines += 1
        checker.fault(f"{event.source}: the script failed: {re.sub('[0-9]+', 'N', mapped)[:100]}", event.line())
        return
    checker.check(mapped)
    for mark, name, value_name in event.marks:
        if mark not in mapped:
            checker.fault(f"{event.source} {event.log_type}: of {name} a part is lost ({value_name})", event.line())


def look_at_all(checker, postern, batch, folder, environment):
    if batch:
        for event, mapped in zip(batch, map_events(postern, [event.line() for event in batch], pathlib.Path(folder), environment), strict=True):
            look(checker, event, mapped)


def run(postern, made, environment=None):
    """A Checker that has seen all the events that `made` gives."""
    checker = Checker(inputs.DOCUMENTED)
    with tempfile.TemporaryDirectory(prefix="postern-ecs-") as folder:
        batch = []
        for event in made:
            batch.append(event)
            if len(batch) == BATCH:
                look_at_all(checker, postern, batch, folder, environment)
                batch = []
        look_at_all(checker, postern, batch, folder, environment)
    return checker


def run_job(postern, environment, job):
    name, *arguments = job
    return run(postern, getattr(events, name)(*arguments), environment)


def run_jobs(postern, jobs, environment=None):
    """Each job is a function of events.py with its arguments; two run at a time. The Checkers, as if they were of one run."""
    with concurrent.futures.ProcessPoolExecutor(2, multiprocessing.get_context("fork")) as pool:
        checkers = [done.result() for done in [pool.submit(run_job, postern, environment, job) for job in jobs]]
    together = {}
    for checker in checkers:
        for (dataset, path), shapes in checker.shapes.items():
            if shapes != together.setdefault((dataset, path), shapes):
                checker.fault(f"{dataset}: {path} is an object on one line and none on another")
    return checkers
