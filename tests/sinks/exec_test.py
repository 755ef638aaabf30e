"""The sink exec with programs that die, hang, refuse, answer nonsense or out of order: nothing is lost, and what comes again has its id."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import sys

from harness import ROOT, check, wait_until
from trial import Journal, trial

PROGRAM = pathlib.Path(__file__).parent / "servers" / "exec_program.py"


class Program:
    def __init__(self, world):
        self.path, self.kept, self.mode = world.path / "program.py", world.path / "kept", world.path / "mode"
        shutil.copy(PROGRAM, self.path)
        self.path.write_text(self.path.read_text().replace("#!/usr/bin/env python3", f"#!{sys.executable}"))
        self.path.chmod(0o755)

    def be(self, mode):
        """At once, so that it never reads half a word."""
        new = self.mode.with_suffix(".new")
        new.write_text(mode)
        new.rename(self.mode)

    def sink(self, more="", end="200ms"):
        return (f'sink "trial" {{ type = "exec", program = "{self.path}", arguments = {{ "{self.kept}", "{self.mode}" }}, '
                f'stop_timeout = "{end}"{more} }}')

    def ids(self):
        return self.kept.read_text().splitlines() if self.kept.exists() else []


def processes_of(path):
    """The processes that have this in their command line."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and str(path).encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found


def expect_all(journal, program):
    check(not any(journal.compare(program.ids())), lambda: f"lost, repeated, strange: {journal.compare(program.ids())}")


def wait_until_told(world, config, words):
    wait_until(lambda: any(words in delivery.get("error", "") for delivery in world.status(config)["deliveries"]),
               lambda: f"{words}: {world.status(config)['deliveries']}")


def modes(program, usual):
    def one(mode):
        @contextlib.contextmanager
        def trouble():
            program.be(f"{usual} {mode}")
            try:
                yield
            finally:
                program.be(usual)
        return trouble

    @contextlib.contextmanager
    def killed():
        for pid in processes_of(program.path):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        yield

    return [one("dies"), killed, one("retries"), one("nonsense"), one("disorder"), one("slow chatty"), one("as it goes")]


def test_trial_of_a_program_that_remembers(world):
    program = Program(world)
    program.be("once")
    trial(world, program.sink(', batch_events = 100, timeout = "5s"'), program.ids, troubles=modes(program, "once"))
    wait_until(lambda: not processes_of(program.path), "no program is left behind")


def test_trial_of_a_program_that_does_not(world):
    program = Program(world)
    again = trial(world, program.sink(', batch_events = 100, timeout = "5s"'), program.ids, troubles=modes(program, ""), may_repeat=True)
    print(f"{again} came again, with their ids")


def test_answers_as_it_goes_out_of_order_and_at_the_end(world):
    for mode in ("as it goes", "disorder", "", "chatty slow"):
        with world.another() as other:
            program = Program(other)
            program.be(mode)
            journal = Journal(other, events=300)
            done = other.run_once(journal.config(program.sink(', log_lines = 3, batch_events = 50')))
            expect_all(journal, program)
            check(("the program says: chatter" in done.stderr) == ("chatty" in mode), done.stderr[-2000:])
            check(done.stderr.count("the program says:") <= 3, "more than log_lines")


def test_what_it_rejects_is_a_dead_letter(world):
    program = Program(world)
    program.be("rejects")
    journal = Journal(world, events=300)
    config = journal.config(program.sink())
    world.run_once(config)
    refused = [name for name in journal.expected() if name[0] in "01"]
    check(sorted(program.ids()) == sorted(set(journal.expected()) - set(refused)), "not the others")
    letters = world.postern("dead", "list", "-c", config).stdout
    check(letters.count("begins with ") == len(refused), letters[:2000])
    program.be("")
    world.postern("dead", "retry", "all", "-c", config)
    world.run_once(config)
    expect_all(journal, program)


def test_what_stops_it_is_advice(world):
    program = Program(world)
    journal = Journal(world, events=100)
    # Only what hangs has little time: a busy machine takes long for the rest.
    cases = [("stops", "60s", "the program says: the queue is closed"), ("hangs", "500ms", "has not answered in time: "),
             ("always nonsense", "60s", "makes no sense: ")]
    for mode, timeout, words in cases:
        program.be(mode)
        config = journal.config(program.sink(f', timeout = "{timeout}"'))
        daemon = world.daemon(config)
        wait_until_told(world, config, words)
        check(daemon.stop()[0] == 0, daemon.logged())
        check(not processes_of(program.path), "a program is left behind")
    check("the queue is closed; next try in 30s. Open it" in (world.path / "postern.log").read_text(), "the remedy is not told")
    check(world.status(config)["journal"]["dead_letters"] == 0, "dead letters")
    program.be("")
    world.run_once(config)
    expect_all(journal, program)


def test_no_program_outlives_postern(world):
    """One that waits for what never comes, and one that takes no hint either, with all the time that may be given to them."""
    program = Program(world)
    config = Journal(world, events=50).config(program.sink(end="3s"))
    for mode in ("hangs", "stubborn hangs"):
        program.be(mode)
        daemon = world.daemon(config)
        wait_until(lambda: (world.path / "reached").exists(), "the program has its batch")
        (world.path / "reached").unlink()
        code, seconds = daemon.stop()
        print(f"{mode}: ended after {seconds:.1f} s")
        check(code == 0 and "left alone" not in daemon.logged(), lambda: f"{mode}: {code}: {daemon.logged()[-2000:]}")
        check(not processes_of(program.path), f"{mode}: it is left behind")


def test_it_keeps_to_the_contract(world):
    """All checks: the suite's events are kept by their ids, and one program is silent."""
    program, silent = Program(world), world.path / "silent"
    program.be("once")
    silent.write_text("hangs")
    done = world.postern("module", "test", world.build / "modules/exec.so", "--option", f"program={program.path}", "--option",
                         f"arguments={program.kept}", "--option", f"arguments={program.mode}", "--expect", program.kept, "--json",
                         "--silent", f"arguments={program.kept}", "--silent", f"arguments={silent}")
    checks = {one["check"]: one for one in json.loads(done.stdout)["checks"]}
    skipped = {name for name, one in checks.items() if one["finding"] == "skipped"}
    check(skipped == {"concurrent", "threads"}, skipped)  # it takes one batch at a time, and has no threads
    check("lost 0 of" in checks["receiver"]["seen"] and "repeated 0" in checks["receiver"]["seen"], checks["receiver"])
    check("seen" not in checks["interrupt"], checks["interrupt"])
    check(not processes_of(program.path), "a program is left behind")


def test_a_program_that_others_may_change_is_not_run(world):
    program = Program(world)
    journal = Journal(world, events=50)
    config = journal.config(program.sink())
    folder = world.path / "shared"
    folder.mkdir()
    folder.chmod(0o777)
    cases = [(lambda: program.path.chmod(0o777), "can be written by others"),
             (lambda: program.path.chmod(0o644), "may not be executed"),
             (lambda: (program.path.chmod(0o755), program.path.rename(folder / "p"), program.path.symlink_to(folder / "p")), "can be written by others"),
             (lambda: (program.path.unlink(), program.path.write_text("#!/no/such/interpreter\n"), program.path.chmod(0o755)), "cannot be started"),
             (lambda: program.path.unlink(), "cannot be found")]
    for change, words in cases:
        change()
        daemon = world.daemon(config)
        wait_until_told(world, config, words)
        check(daemon.stop()[0] == 0, daemon.logged())
    check(not program.kept.exists(), "it was run")


def test_it_does_not_see_the_secrets_of_accounts(world):
    journal = Journal(world, events=50)
    program, seen = world.path / "look.sh", world.path / "seen"
    program.write_text(f'#!/bin/sh\n(pwd; env; ls -l /proc/self/fd) >{seen}\nwhile read -r line; do case $line in *\'"end":\'*) echo \'{{"ok":"all"}}\';; esac; done\n')
    program.chmod(0o755)
    secret = world.path / "token"
    secret.write_text("hush-token\n")
    world.run_once(journal.config(f'sink "trial" {{ type = "exec", program = "{program}", directory = "{world.path}", '
                                  f'environment = {{ TOKEN = file "{secret}", PATH = "/usr/bin:/bin" }} }}'))
    text = seen.read_text()
    check("TOKEN=hush-token\n" in text and "PATH=/usr/bin:/bin\n" in text and "POSTERN_PROTOCOL=1\n" in text, text)
    check(text.startswith(f"{world.path}\n"), text)
    check("ACME_" not in text and "POSTERN_TEST" not in text, text)
    check(str(world.state) not in text, f"a file of ours is open in it: {text}")


def run_example(world, name, kept):
    journal = Journal(world, events=300)
    program = world.path / name
    shutil.copy(ROOT / "examples" / "sink_exec" / name, program)
    program.chmod(0o755)
    world.run_once(journal.config(f'sink "trial" {{ type = "exec", program = "{program}", arguments = {{ "{world.path / kept}" }} }}'))
    return journal


def test_the_examples_are_whole_sinks(world):
    journal = run_example(world, "shelf.py", "shelf.db")
    with contextlib.closing(sqlite3.connect(world.path / "shelf.db")) as shelf:
        check(not any(journal.compare(name for name, in shelf.execute("SELECT id FROM mails"))), "the shelf has not what was sent")
        check(shelf.execute("SELECT count(sender) > 10 FROM mails").fetchall() == [(1,)], "nobody sent anything")
    with world.another() as other:
        journal = run_example(other, "append.sh", "events.ndjson")
        lines = (other.path / "events.ndjson").read_text().splitlines()
        check(not any(journal.compare(line.split('"')[3] for line in lines)), "the file has not what was sent")
