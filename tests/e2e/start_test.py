"""What happens to a daemon that is spoken to before it is ready."""
import os
import signal

from harness import check, wait_until


def started_and_stopped(world):
    """A daemon that stands still at its very beginning until it is told to go on (SIGCONT)."""
    simulator = world.simulate("--events", "5")
    config = world.config(world.account(simulator, "acme"))
    daemon = world.daemon(config, environment={"POSTERN_FAILPOINT": "run-begin:1:stop"})
    pid, status = os.waitpid(daemon.process.pid, os.WUNTRACED)
    check(pid == daemon.process.pid and os.WIFSTOPPED(status), f"it did not stand still: {status}")
    return daemon


def test_a_reload_wished_for_too_early_is_done_once_it_runs(world):
    daemon = started_and_stopped(world)
    for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGPIPE, signal.SIGCONT):
        daemon.signal(number)
    wait_until(lambda: daemon.process.poll() is not None or "info reloaded" in daemon.logged(), "reloaded")
    check(daemon.process.poll() is None, f"the signal ended it: {daemon.process.returncode}")
    check(daemon.logged().index("info running") < daemon.logged().index("info reloaded"), daemon.logged())
    check(daemon.stop()[0] == 0, daemon.logged())


def test_an_end_wished_for_too_early_is_an_orderly_end(world):
    daemon = started_and_stopped(world)
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGCONT):
        daemon.signal(number)
    check(daemon.wait() == 0, f"{daemon.process.returncode}: {daemon.logged()}")
    check("info reloaded" not in daemon.logged(), "it took up what it was no more to use")
