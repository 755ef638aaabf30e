"""`postern check --live` names what is wrong with an account."""
import resource
import subprocess

from gate import simulated
from harness import HOUR, MINUTE, TestClock, check, lacking, wait_until


def live(world, config, code=1):
    done = world.postern("check", "--live", "-c", config, code=code)
    return done.stdout + done.stderr


def test_check_live_names_the_missing_permission(world):
    simulator = simulated(world)
    config = world.config(world.account(simulator, "acme"))
    check(lacking(live(world, config, 0)) == 0, "not all work")
    simulator.control("permissions", {"endpoint": "dlp", "allowed": False})
    text = live(world, config)
    check(lacking(text) == 1, text)
    check("Monitoring | Data Leak Prevention | Read" in text, text)


def test_check_live_names_the_wrong_region(world):
    simulator = simulated(world)
    config = world.config(world.account(simulator, "acme"))
    simulator.control("faults", {"queue": [{"fault": "fail", "endpoint": "audit", "times": 1,
                                            "code": "err_audit_log_incorrect_region"}]})
    text = live(world, config)
    check("region" in text and "base_url" in text and lacking(text) == 1, text)


def test_check_live_names_the_expired_key(world):
    simulator = simulated(world)
    config = world.config(world.account(simulator, "acme"))
    simulator.control("keys", {"expired_before": 1})
    text = live(world, config)
    check("expired" in text and "make new keys" in text and "Authentication Cache TTL" in text, text)
    check("acme: 0 of " in text and text.count("FAILS") == 1, text)


def test_check_live_names_the_wrong_clock(world):
    """Signed again with the vendor's time it works; that the clock is wrong is said all the same."""
    world.use_clock()
    simulator = simulated(world)
    world.clock = TestClock(world.path / "another-clock", world.clock.now_ms() - (2 * HOUR + MINUTE) * 1000)
    config = world.config(world.account(simulator, "acme"))
    text = live(world, config, 0)
    check(lacking(text) == 0, text)
    check("clock is 2h" in text and "behind the vendor" in text, text)


def test_what_holds_credentials_leaves_no_core_dump(world):
    simulator = simulated(world, "100", "--faults", "slow=100%@10m")
    config = world.config(world.account(simulator, "acme"))
    resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
    probe = subprocess.Popen([world.program("postern"), "check", "--live", "-c", str(config)],
                             stdout=subprocess.DEVNULL, env=world.environment())
    world.processes.append(probe)
    limits = f"/proc/{probe.pid}/limits"
    wait_until(lambda: any(line.split()[4:6] == ["0", "0"] for line in open(limits) if line.startswith("Max core")),
               "no core dump")
    check(probe.poll() is None, "it has ended")
