"""A sink that can be held up, and what else the tests of things that stand still have in common."""
from harness import patience, wait_until

WINDOWS = ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")


def simulated(world, events="600", *options):
    return world.simulate("--events", events, "--history", "1h", "--quiet-period", "10m", "--quirks", "off", *options)


def sources(**settings):
    words = ", ".join(f'{key} = "{value}"' for key, value in {"lookback": "3h", **settings}.items())
    return [f'source "{name}" {{ {words} }}' for name in WINDOWS]


def grace():
    """The promise is five seconds, on a machine that has nothing else to do."""
    return patience(5)


class Gate:
    """The sink of gate_sink.c: while the gate is closed its writes wait."""

    def __init__(self, world, closed=True):
        self.path = world.path / "gate"
        self.output = world.output / "acme" / "all.ndjson"
        self.output.parent.mkdir(parents=True)
        self.modules = f'modules = {{ "{world.build}/e2e-modules" }}'
        self.sink = f'sink "files" {{ type = "gate", path = "{self.output}", gate = "{self.path}" }}'
        if closed:
            self.path.touch()

    def changed(self):
        """The same sink with another setting: a reload replaces it."""
        return self.sink.replace(" }", ", batch_events = 1000 }")

    def is_waiting(self):
        return (self.path.parent / "gate.waiting").exists()

    def open(self):
        self.path.unlink()


def hanging(world, *words):
    """A run (`words`: what else it is given) whose sink hangs: the gate, what it reads, the parts of its configuration beside the sink,
    that configuration, and the run."""
    gate, simulator = Gate(world), simulated(world)
    parts = world.account(simulator, "acme"), gate.modules, *sources()
    config = world.config(*parts, sink=gate.sink)
    run = world.daemon(config, *words)
    wait_until(gate.is_waiting, "the sink hangs")
    return gate, simulator, parts, config, run
