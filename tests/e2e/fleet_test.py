"""Some thousand accounts: started in few transactions, through a kill among them, and reloaded."""
import pathlib

from harness import check
from silent_fleet import KEYS, SOURCES, SilentFleet

ACCOUNTS = 1500
MAPPINGS = 1000  # of the whole process; the system allows some 65,000


def mappings(daemon):
    return pathlib.Path(f"/proc/{daemon.process.pid}/maps").read_text().count("\n")


def expect_all(fleet):
    streams = fleet.streams()
    check(len(streams) == ACCOUNTS, f"{len(streams)} accounts are known")
    check(all(count == len(SOURCES) for count in streams.values()), "an account lacks streams")


def run(world, fleet, **more):
    daemon = world.daemon(fleet.config, **more)
    daemon.wait_until_running()
    check(daemon.process.poll() is None, lambda: daemon.logged()[-2000:])
    return daemon


def test_a_first_start_is_killed_between_its_transactions(world):
    """What it leaves is whole accounts, and the next start makes the rest."""
    fleet = SilentFleet(world, ACCOUNTS)
    for count in range(1, 12):  # the first transactions are of the start itself
        killed = world.daemon(fleet.config, environment={"POSTERN_FAILPOINT": f"journal-before-commit:{count}"})
        check(killed.wait() != 0, f"it was not killed at {count}")
        streams = fleet.streams()
        check(all(one == len(SOURCES) for one in streams.values()), lambda: f"killed at {count}: an account lacks streams")
        if streams:
            break
        for file in world.state.iterdir():
            file.unlink()
    check(0 < len(streams) < ACCOUNTS, f"{len(streams)} accounts were made before the first kill that left any")
    daemon = run(world, fleet)
    expect_all(fleet)
    check(daemon.stop()[0] == 0, daemon.logged)


def test_thousands_of_secrets_share_mappings(world):
    fleet = SilentFleet(world, ACCOUNTS)
    daemon = run(world, fleet)
    expect_all(fleet)
    most = mappings(daemon)
    for _ in range(3):
        daemon.reload()
        most = max(most, mappings(daemon))
    check(most < MAPPINGS, f"{most} mappings for {ACCOUNTS * len(KEYS)} secrets")
    check(daemon.stop()[0] == 0, daemon.logged)
