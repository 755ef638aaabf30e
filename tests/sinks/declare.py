"""How the tests of HTTP sinks declare them, and what befalls their receivers."""
import contextlib
import json
import threading


def lua(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f'["{key}"] = {lua(item)}' for key, item in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "{ " + ", ".join(map(lua, value)) + " }"
    return str(value).lower() if isinstance(value, (bool, int)) else json.dumps(value)


def declare(world, kind, secrets=None, name="files", **options):
    """A sink of this kind; its secrets come from files."""
    parts = [f'type = "{kind}"', *(f"{option} = {lua(value)}" for option, value in options.items())]
    for option, secret in (secrets or {}).items():
        path = world.path / f"{kind}-{option}"
        path.write_text(secret + "\n")
        path.chmod(0o600)
        parts.append(f'{option} = file "{path}"')
    return f'sink "{name}" {{ {", ".join(parts)} }}'


def deliver(world, kind, secrets=None, events=300, parts=(), script=None, until=None, **options):
    """One `run --once` over some hundred events; the clock goes fast, so that waiting is soon over. `script`: its text. `until`: what
    it says because it cannot deliver; then what it said is given."""
    world.use_clock(rate=20.0)
    simulator = world.simulate("--events", str(events), "--history", "30m", "--quirks", "off")
    if script:
        (world.path / "script.lua").write_text(script)
    config = world.config(world.account(simulator, "acme"), *parts, sink=declare(world, kind, secrets, **options),
                          transform=f'"{world.path}/script.lua"' if script else "")
    return config, world.run_until(config, *until) if until else world.run_once(config)


def troubles(receiver, kinds=None):
    """Contexts in which the receiver is away, or answers as it should not."""
    @contextlib.contextmanager
    def away():
        receiver.kill()
        try:
            yield
        finally:
            receiver.start()

    @contextlib.contextmanager
    def restarted():
        receiver.restart()
        yield

    @contextlib.contextmanager
    def faulty():
        receiver.misbehave(0.5, kinds)
        try:
            yield
        finally:
            receiver.misbehave(0.0)

    return [away, faulty, restarted, faulty]


class OneIn:
    """Says of one in `share` that it is the one, and always the same of each. It goes by the order in which they first come: as ids
    differ from run to run, a share of the ids would now and then be nobody."""

    def __init__(self, share):
        self.share, self.answers, self.lock = share, {}, threading.Lock()

    def __call__(self, which):
        with self.lock:
            return self.answers.setdefault(which, len(self.answers) % self.share == self.share // 2)


def ids_of(receiver):
    """The ids that the trial gave to the events, as they came."""
    return [event["postern_id"] for _, event in receiver.seen()]
