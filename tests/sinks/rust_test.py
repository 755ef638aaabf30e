"""The example in Rust (examples/sink_rust): nothing is lost, what comes again has its id, a panic is an error like any other, and what
it says about the ABI is compared with the header."""
import contextlib
import json
import pathlib
import re
import shutil
import socketserver
import subprocess
import threading

from harness import ROOT, check, wait_until
from trial import Journal, trial

EXAMPLE = ROOT / "examples/sink_rust"


class Acknowledger:
    """Keeps what it gets and answers with ids, in the mode that it is told."""

    def __init__(self):
        self.kept, self.refused, self.mode, self.open, self.asked = [], [], "", set(), threading.Event()
        self.checks = True
        receiver = self

        class Connection(socketserver.StreamRequestHandler):
            def handle(self):
                receiver.open.add(self.connection)
                with contextlib.suppress(OSError):
                    for line in self.rfile:
                        receiver.take(line, self.connection)
                receiver.open.discard(self.connection)

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Connection)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = "127.0.0.1:{}".format(self.server.server_address[1])

    def take(self, line, connection):
        if not line.endswith(b"\n"):
            return  # the sender was killed within it
        message = json.loads(line)
        check(not self.checks or message["event"]["postern_id"] == message["id"], message)
        self.asked.set()
        if self.mode == "silent":
            return
        if self.mode == "refusing" and message["id"][0] in "01":
            self.refused.append(message["id"])
            connection.sendall(f"no {message['id']} begins with {message['id'][0]}\n".encode())
            return
        self.kept.append(message["id"])
        if self.mode == "rude" and len(self.kept) % 37 == 0:
            raise ConnectionAbortedError
        connection.sendall(b"what?\n" if self.mode == "mad" and len(self.kept) % 37 == 0 else f"ok {message['id']}\n".encode())

    @contextlib.contextmanager
    def being(self, mode):
        self.mode = mode
        try:
            yield
        finally:
            self.mode = ""

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def sink(world, receiver, more="", modules=None):
    return f'''modules = {{ "{modules or world.build / 'languages/rust'}" }}
        sink "trial" {{ type = "acknowledged", address = "{receiver.address}", batch_events = 100{more} }}'''


def is_told(world, config, words):
    return any(words in one.get("error", "") for one in world.status(config)["deliveries"])


def test_trial(world):
    with contextlib.closing(Acknowledger()) as receiver:
        again = trial(world, sink(world, receiver), lambda: receiver.kept, may_repeat=True,
                      troubles=[lambda: receiver.being("rude"), lambda: receiver.being("mad")])
        print(f"{again} came again, each with its id")


def test_what_is_refused_is_a_dead_letter(world):
    with contextlib.closing(Acknowledger()) as receiver:
        journal = Journal(world, events=300)
        config = journal.config(sink(world, receiver))
        with receiver.being("refusing"):
            world.run_once(config)
        check(receiver.refused and not any(journal.compare(receiver.kept + receiver.refused)), f"{len(receiver.refused)} refused")
        letters = world.postern("dead", "list", "-c", config).stdout
        check(letters.count("begins with ") == len(receiver.refused), letters)


def test_interrupt_ends_a_wait(world):
    """The receiver says nothing, and the sink would wait for an hour."""
    with contextlib.closing(Acknowledger()) as receiver, receiver.being("silent"):
        config = Journal(world, events=100).config(sink(world, receiver, ', timeout = "1h"'))
        daemon = world.daemon(config)
        wait_until(receiver.asked.is_set, "it waits for an answer")
        code, _ = daemon.stop()
        check(code == 0 and "left behind" not in daemon.logged(), f"{code}: {daemon.logged()}")


def test_a_panic_is_an_error_and_nothing_is_lost(world):
    modules = world.path / "panicking"
    modules.mkdir(mode=0o755)
    subprocess.run(["rustc", "--edition", "2021", "--cfg", "panics", "--crate-type", "cdylib", "-o", modules / "sink_rust.so",
                    EXAMPLE / "sink_rust.rs"], check=True, cwd=world.path)
    with contextlib.closing(Acknowledger()) as receiver:
        journal = Journal(world, events=300)
        config = journal.config(sink(world, receiver, modules=modules))
        log = world.run_once(config).stderr
        check("panic: each first try fails" in log, log)
        check(not any(journal.compare(receiver.kept)), "not what was sent")


def test_a_mistake_in_the_configuration_is_told(world):
    config = world.config(f'modules = {{ "{world.build}/languages/rust" }}', world.account(world.simulate(), "acme"),
                          sink='sink "files" { type = "acknowledged", address = "nowhere" }')
    done = world.run_once(config, code=78)
    check('address must be an IP address and a port, not "nowhere"' in done.stderr, done.stderr)


def test_it_keeps_to_the_contract(world):
    with contextlib.closing(Acknowledger()) as receiver:
        receiver.checks = False  # some events of the suite are no JSON, and none has the mark of the trial
        done = world.postern("module", "test", world.build / "languages/rust/sink_rust.so", "--option", f"address={receiver.address}",
                             "--silent", "address=%{silent}")
    check(" 0 failed, " in done.stdout and "  passed   sink acknowledged: silent\n" in done.stdout, done.stdout)


def layout_is_refused(world, changed):
    """What the C compiler says of postern.rs with this text."""
    folder = pathlib.Path(world.path, "layout")
    folder.mkdir(exist_ok=True)
    (folder / "postern.rs").write_text(changed)
    shutil.copy(EXAMPLE / "layout.rs", folder)
    subprocess.run(["rustc", "--edition", "2021", "-o", folder / "layout", folder / "layout.rs"], check=True, cwd=folder)
    claims = subprocess.run([folder / "layout"], check=True, capture_output=True).stdout
    compile_only = ["cc", "-fsyntax-only", f"-I{ROOT / 'include'}", "-x", "c", "-"]
    return subprocess.run(compile_only, input=claims, capture_output=True).stderr.decode()


def test_the_layout_cannot_drift(world):
    """As it is, it fits; a field too many, of another size or at another place, or another number is found."""
    text = (EXAMPLE / "postern.rs").read_text()
    check(not layout_is_refused(world, text), layout_is_refused(world, text))
    for pattern, instead in ((r"random: u64,", "random: u64, further: u64,"), (r"retry_after_ms: i64", "retry_after_ms: i32"),
                             (r"name: \*const c_char, title: \*const c_char", "title: *const c_char, name: *const c_char"),
                             (r"POSTERN_E_RETRY: postern_status = -5", "POSTERN_E_RETRY: postern_status = -6")):
        changed, count = re.subn(pattern, instead, text)
        check(count == 1, pattern)
        refusal = layout_is_refused(world, changed)
        check("differs from the header" in refusal or "no member" in refusal, f"{pattern}: {refusal}")
