"""What `status` must say in which situation: the table of them, each brought about with the real program.

A row is a function that brings the situation about and gives the configuration; above it stands what must be said: verdict,
code of the first reason, and a pattern for the first line. The exit code is 0 for "good" and 1 for everything else. Hours pass
on the test clock. Another row:

    @situation("attention", "stream_not_permitted", r"ATTENTION: 1 of 6 streams may not be read: acme/ttp-url .*")
    def a_missing_permission(world):
        simulator, config, daemon = works(world)
        simulator.control("permissions", {"endpoint": "ttp-url", "allowed": False})
        world.clock.jump(HOUR)
        return config
"""
import json
import os
import pwd
import re
import shutil
import signal
import subprocess

from harness import HOUR, check, stop_where_it_is, wait_until
from situations import DAY, says_good, simulated, situation, works


# ---- The program ----------------------------------------------------------------------------------------------------------


@situation("good", None, r"GOOD: running for .*; all 6 streams of 1 account are read, and nothing waits too long")
def all_is_well(world):
    return works(world)[1]


@situation("bad", "never_started", r"BAD: Postern has never run with this state directory → Start it: `postern run`.*")
def never_started(world):
    simulator = simulated(world)
    return world.config(world.account(simulator, "acme"))


@situation("bad", "not_running", r"BAD: Postern has not been running since 2026-\S+ \(10h.* ago\); it did not end by itself: .* → Start it .*")
def killed(world):
    _, config, daemon = works(world)
    daemon.process.kill()
    daemon.process.wait()
    world.clock.jump(10 * HOUR)
    return config


@situation("bad", "not_running", r"BAD: Postern has not been running since 2026-\S+ \(2h.* ago\); it was told to stop → Start it.*")
def told_to_stop(world):
    _, config, daemon = works(world)
    check(daemon.stop()[0] == 0, daemon.logged())
    world.clock.jump(2 * HOUR)
    return config


@situation("bad", "no_heartbeat", r"BAD: Postern does not move: process \d+ was stopped 10h.* ago .* → Let it go on: kill -CONT \d+")
def a_stopped_process(world):
    _, config, daemon = works(world)
    stop_where_it_is(daemon.process)
    world.clock.jump(10 * HOUR)
    return config


@situation("good", None, r"GOOD: running .*")
def a_process_that_was_stopped_and_goes_on(world):
    _, config, daemon = works(world)
    stop_where_it_is(daemon.process)
    world.clock.jump(10 * HOUR)
    wait_until(lambda: not says_good(world, config), "it is seen")
    daemon.signal(signal.SIGCONT)
    return config


@situation("good", None, r"GOOD: the last `postern run --once` ended at 2026-\S+ \(.* ago\): everything was read and delivered")
def finished_once(world):
    world.use_clock()
    simulator = simulated(world)
    config = world.config(world.account(simulator, "acme"))
    world.run_once(config)
    world.clock.jump(12 * HOUR)
    return config


@situation("bad", "once_overdue", r"BAD: the last `postern run --once` ended at 2026-\S+ \(3d ago\).* once = \"1d 1h\".* → .*")
def once_and_never_again(world):
    config = finished_once.__wrapped__(world)
    world.clock.jump(2 * DAY + 12 * HOUR)
    return config


@situation("attention", "clock_off", r"ATTENTION: this machine's clock is (1h 59m|2h) ahead of the vendor's → Set it right, .*")
def a_clock_that_is_ahead(world):
    world.use_clock()
    world.use_own_clock()
    world.own_clock.step(2 * HOUR)
    simulator = simulated(world)
    config = world.config(world.account(simulator, "acme"))
    world.run_once(config)
    return config


@situation("attention", "once_incomplete", r"ATTENTION: the last `postern run --once`, .* left something \(exit code 1\) → .*",
           more=["stream_not_permitted"])
def once_with_something_left(world):
    world.use_clock()
    simulator = simulated(world)
    config = world.config(world.account(simulator, "acme"))
    simulator.control("permissions", {"endpoint": "ttp-url", "allowed": False})
    world.run_once(config, code=1)
    return config


@situation("bad", "once_not_finished", r"BAD: the last `postern run --once` has not finished; .* did not end by itself: .*")
def once_that_was_killed(world):
    world.use_clock()
    simulator = simulated(world)
    config = world.config(world.account(simulator, "acme"))
    daemon = world.daemon(config, "--once", environment={"POSTERN_FAILPOINT": "deliver-after-commit:2"})
    check(daemon.wait(60) == -signal.SIGKILL, "it was not killed")
    return config


# ---- The disk -------------------------------------------------------------------------------------------------------------


class Disk:
    """What broken_disk.c does to the state directory."""

    def __init__(self, world):
        self.mode = world.path / "state.mode"
        world.variables.update(LD_PRELOAD=f"{world.build}/e2e-preload/broken_disk.so", POSTERN_BROKEN_DISK=str(world.state),
                               ASAN_OPTIONS="verify_asan_link_order=0")

    def becomes(self, mode):
        self.mode.write_text(mode)


def with_disk(world, mode):
    disk = Disk(world)
    simulator, config, daemon = works(world)
    disk.becomes(mode)
    simulator.control("publish", {"events": 3000, "account": "acme", "endpoint": "ttp-url"})
    world.clock.jump(HOUR)
    return disk, simulator, config, daemon


@situation("bad", "disk_full", r"BAD: the disk of the state directory \S+ has been full for .*: nothing is stored, .* → Free space .*")
def a_full_disk(world):
    return with_disk(world, "full")[2]


@situation("bad", "read_only", r"BAD: the state directory \S+ is on a read-only file system: nothing can be stored → See .*")
def a_read_only_disk(world):
    return with_disk(world, "read-only")[2]


@situation("good", None, r"GOOD: running .*")
def a_disk_that_has_space_again(world):
    disk, _, config, daemon = with_disk(world, "full")
    wait_until(lambda: not says_good(world, config), "it is seen")
    world.clock.jump(3 * HOUR)
    disk.mode.unlink()
    wait_until(lambda: re.search(r"can write again after \dh", daemon.logged()), "the recovery is logged")
    return config


# ---- The state directory --------------------------------------------------------------------------------------------------


@situation("bad", "not_running", r"BAD: Postern has not been running since .*; it ended with exit code 1 → See in its log why.*")
def a_removed_lock(world):
    _, config, daemon = works(world)
    (world.state / "lock").unlink()
    check(daemon.wait() == 1, daemon.logged())
    return config


@situation("bad", "journal_unreadable", r"BAD: \S+journal.db.* → .*")
def a_damaged_journal(world):
    _, config, daemon = works(world)
    check(daemon.stop()[0] == 0, daemon.logged())
    (world.state / "journal.db").write_bytes(b"this is no database" * 1000)
    return config


@situation("bad", "state_unreadable", r"BAD: \S+, which `state` names, is no folder → name a folder .*")
def a_file_in_the_place_of_the_state(world):
    simulator = simulated(world)
    world.state.write_text("no folder")
    return world.config(world.account(simulator, "acme"))


@situation("bad", "state_unreadable", r"BAD: cannot look at the state directory \S+: No such file or directory → see in the configuration .*")
def a_state_that_leads_nowhere(world):
    simulator = simulated(world)
    world.state.symlink_to(world.path / "not mounted")
    return world.config(world.account(simulator, "acme"))


def test_another_user_is_told_so(world):
    """Whoever may not look into the state directory does not hear that nothing runs."""
    _, config, _ = works(world)
    program = shutil.copy(world.program("postern"), world.path / "postern")  # the build may lie where that user sees nothing
    other = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    world.path.chmod(0o755)
    if not other:
        world.state.chmod(0)
    try:
        done = subprocess.run([program, "status", "-c", config], capture_output=True, text=True, env=world.environment(), **other)
        json_text = subprocess.run([program, "status", "--json", "-c", config], capture_output=True, text=True,
                                   env=world.environment(), **other).stdout
    finally:
        world.state.chmod(0o700)
    owner = pwd.getpwuid(os.geteuid()).pw_name
    check(done.returncode == 1 and re.match(rf"BAD: cannot look into the state directory {world.state}: Permission denied → run this "
                                            rf"command as the user that runs Postern: the directory belongs to {owner}\n", done.stdout),
          done.stdout + done.stderr)
    status = json.loads(json_text)
    check(status["running"] is None and [one["code"] for one in status["reasons"]] == ["state_unreadable"], json_text)
