"""The power fails at any moment, from the first start on: nothing lost, nothing repeated.

A run is recorded (power_recorder.c): what it does to names and bytes, in order. For each cut the disk is put to what was
sure at that moment, in the strictest reading: of a file the bytes at its last sync, of a directory the names at its
last sync, and nothing else; or with a part of what was not synced besides, taken at random. Then Postern runs on it.

POSTERN_POWER_CUTS sets the number of cuts."""
import os
import random
import shutil
import struct

from harness import HOUR, check

HEAD = struct.Struct("=QQQQQ")
MADE_DIRECTORY, MADE_FILE, WRITTEN, CUT, SYNCED, RENAMED, REMOVED = range(1, 8)


class Inode:
    def __init__(self, mode=None):
        self.mode = mode
        self.sure = None  # a bytearray or {name: inode number}
        self.unsure = []  # what was done since the last sync


class File(Inode):
    def __init__(self, mode):
        super().__init__(mode)
        self.sure = bytearray()

    def apply(self, step):
        operation, offset, text = step
        if operation == CUT:
            del self.sure[offset:]
        self.sure.extend(bytes(max(0, offset - len(self.sure))))
        if operation == WRITTEN:
            self.sure[offset:offset + len(text)] = text


class Directory(Inode):
    def __init__(self, mode):
        super().__init__(mode)
        self.sure = {}

    def apply(self, step):
        what, name, other = step
        if what == "add":
            self.sure[name] = other
        elif what == "remove":
            self.sure.pop(name, None)
        elif name in self.sure:
            self.sure[other] = self.sure.pop(name)


def read_trace(path):
    data, at, steps = path.read_bytes(), 0, []
    while at < len(data):
        operation, inode, a, b, size = HEAD.unpack_from(data, at)
        at += HEAD.size
        steps.append((operation, inode, a, b, data[at:at + size]))
        at += size
    return steps


def replay(steps, root):
    """Everything as it is after these steps: sure and unsure."""
    inodes = {root: Directory(0o755)}
    for operation, inode, a, b, text in steps:
        it = inodes[inode]
        if operation in (MADE_DIRECTORY, MADE_FILE):
            inodes[a] = (Directory if operation == MADE_DIRECTORY else File)(b)
            it.unsure.append(("add", text.decode(), a))
        elif operation == SYNCED:
            for step in it.unsure:
                it.apply(step)
            it.unsure = []
        elif operation == RENAMED:
            check(inode == a, "a name went from one directory to another")
            old, new = text.decode().split("\0")
            it.unsure.append(("rename", old, new))
        elif operation == REMOVED:
            it.unsure.append(("remove", text.decode(), None))
        else:
            it.unsure.append((operation, a, text))
    return inodes


def build_image(inodes, number, path, shown):
    directory = inodes[number]
    for name, child in directory.sure.items():
        it, place = inodes[child], path / name
        if isinstance(it, Directory):
            place.mkdir(it.mode)
            build_image(inodes, child, place, shown)
        else:
            place.write_bytes(it.sure)
            place.chmod(it.mode)
        shown.append((place.stat().st_ino, child))


class Disk:
    def __init__(self, world):
        self.world, self.path, self.trace = world, world.path / "disk", world.path / "trace"
        self.path.mkdir()
        self.root = self.path.stat().st_ino
        self.recorder = {"LD_PRELOAD": str(world.build / "e2e-preload" / "power_recorder.so")}

    def recording(self):
        return {**self.recorder, "POWER_TRACE": str(self.trace), "POWER_ROOT": str(self.path)}

    def cut(self, steps, chance):
        """Puts the disk to what a power cut after these steps leaves; `chance` None: nothing that is not sure."""
        inodes = replay(steps, self.root)
        for it in inodes.values():
            for step in it.unsure:
                if chance and chance.random() < 0.5:
                    it.apply(step)
        for child in self.path.iterdir():
            shutil.rmtree(child) if child.is_dir() else child.unlink()
        shown = [(self.path.stat().st_ino, self.root)]
        build_image(inodes, self.root, self.path, shown)
        numbers = self.world.path / "inodes"
        numbers.write_text("".join(f"{new} {old}\n" for new, old in shown))
        return {**self.recorder, "POWER_INODES": str(numbers)}


def recorded_run(world, disk, **batches):
    """Two runs from an empty disk, with rotation and packing, and what they read."""
    world.state, world.output = disk.path / "var" / "lib" / "postern", disk.path / "var" / "log" / "postern"
    simulator = world.simulate("--events", "2500", "--history", "6h", "--quirks", "on", "--events-per-file", "200")
    more = "".join(f", {name} = {value}" for name, value in batches.items())
    sink = (f'sink "files" {{ type = "file", path = "{world.output}/%{{account}}/%{{source}}.ndjson", '
            f'rotate_size = "48KiB", compress = true{more} }}')
    sources = [f'source "{name}" {{ lookback = "24h" }}' for name in
               ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")]
    config = world.config(world.account(simulator, "acme"), *sources, sink=sink)
    world.run_once(config, environment=disk.recording())
    world.clock.jump(2 * HOUR)
    simulator.control("client-restarted", {})
    world.run_once(config, environment=disk.recording())
    world.expect_exact(simulator)
    return simulator, config, read_trace(disk.trace)


def places(steps, count, chance):
    """Where to cut: a third of them at names that go, a third at names that come, the rest anywhere."""
    going = [i for i, step in enumerate(steps) if step[0] in (RENAMED, REMOVED)]
    coming = [i for i, step in enumerate(steps) if step[0] in (MADE_DIRECTORY, MADE_FILE)]
    check(len(going) > 20, "nothing was rotated")
    return sorted(chance.choice(kind) + chance.randint(1, 3)
                  for number in range(count) for kind in [(going, coming, range(len(steps)))[number % 3]])


def cut_again_and_again(world, **batches):
    count = int(os.environ.get("POSTERN_POWER_CUTS", "24")) // 2
    chance = random.Random(int(os.environ.get("POSTERN_POWER_SEED", "7")))
    world.use_clock(rate=1.0)
    disk = Disk(world)
    simulator, config, steps = recorded_run(world, disk, **batches)
    for number, place in enumerate(places(steps, count, chance)):
        strict = chance.random() < 0.5
        environment = disk.cut(steps[:place], None if strict else chance)
        simulator.control("client-restarted", {})
        world.run_once(config, environment=environment)
        good, report = simulator.compare(world.output)
        check(good, lambda: f"a power cut after step {place} of {len(steps)}, {'nothing' if strict else 'some'} "
                            f"of what is not sure left: {report}")
    print(f"{count} power cuts in {len(steps)} steps")


def test_power_cuts_lose_and_repeat_nothing(world):
    cut_again_and_again(world)


def test_power_cuts_with_gathered_batches(world):
    cut_again_and_again(world, batch_events=700, open_files=2)
