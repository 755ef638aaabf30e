"""The file sink in the real program where something stands at its paths already."""
import os

from harness import check


def simulated(world):
    return world.simulate("--events", "600", "--history", "1h", "--quiet-period", "10m", "--quirks", "off")


def test_other_files_are_not_written_to(world):
    simulator = simulated(world)
    victim = world.path / "victim"
    victim.write_text("theirs\n")
    (world.output / "acme").mkdir(parents=True)
    os.link(victim, world.output / "acme" / "audit.ndjson")
    os.mkfifo(world.output / "acme" / "ttp-url.ndjson")
    done = world.run_once(world.config(world.account(simulator, "acme")))
    check("has other names as well" in done.stderr and "is no regular file" in done.stderr, done.stderr)
    check(victim.read_text() == "theirs\n", "it wrote to a file with another name")
    check((world.output / "acme" / "audit.ndjson.1").samefile(victim), "the link was not set aside")
    (world.output / "acme" / "audit.ndjson.1").unlink()
    (world.output / "acme" / "ttp-url.ndjson.1").unlink()
    world.expect_exact(simulator)


def test_what_stands_in_the_way_is_advice_and_nothing_is_lost(world):
    simulator = simulated(world)
    world.output.mkdir()
    (world.output / "acme").write_text("theirs\n")
    config = world.config(world.account(simulator, "acme"))
    stopped = world.postern("run", "--once", "--timeout", "3s", "-c", config, code=1)
    check("acme: a file or a link stands where a directory is wanted" in stopped.stderr, stopped.stderr)
    check((world.output / "acme").read_text() == "theirs\n", "it changed what was there")
    (world.output / "acme").unlink()
    check("no dead letters" in world.postern("dead", "list", "-c", config).stdout, "letters")
    world.run_once(config)
    world.expect_exact(simulator)
