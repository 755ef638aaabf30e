"""How the tests of single outcomes ask: events through the real `postern map -s ecs`, and what stands where in what comes out."""
import json
import subprocess

from harness import check

ABSENT = "ABSENT"


class Document:
    def __init__(self, line):
        self.line, self.top = line, json.loads(line)

    def at(self, path):
        """What stands at "email.attachments.0.file.name"; ABSENT if nothing does."""
        place = self.top
        for name in path.split("."):
            if isinstance(place, list) and name.isdigit() and int(name) < len(place):
                place = place[int(name)]
            elif isinstance(place, dict) and name in place:
                place = place[name]
            else:
                return ABSENT
        return place

    def expect(self, **wanted):
        """Paths, with "__" for their dots. A function says whether the value is right."""
        for key, value in wanted.items():
            path = key.replace("__", ".")
            found = self.at(path)
            right = value(found) if callable(value) else found == value
            check(right, f"{path} is {found!r}, not {'as it must be' if callable(value) else repr(value)}: {self.line.decode(errors='replace')}")
        return self

    def holds(self, *texts):
        """Each of them stands somewhere, whatever its place."""
        for text in texts:
            check(text.encode() in self.line, f"{text!r} is nowhere in {self.line.decode(errors='replace')}")
        return self


def ecs(world, events, *options):
    """A Document for each event; an event is an object, or the bytes of one."""
    lines = [event if isinstance(event, bytes) else json.dumps(event).encode() for event in events]
    done = subprocess.run([world.program("postern"), "map", "-s", "ecs", *options], input=b"\n".join(lines) + b"\n", capture_output=True,
                          env=world.environment(), timeout=300)
    out = done.stdout.split(b"\n")[:-1]
    check(done.returncode == 0 and len(out) == len(events), f"exit code {done.returncode}, {len(out)} lines: {done.stderr.decode(errors='replace')}")
    return [Document(line) for line in out]
