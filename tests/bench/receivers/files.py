"""Files, a program, and nothing at all: what Postern itself can do."""
import os
import subprocess

from receivers.receiver import Receiver

PROGRAM = """#!/usr/bin/python3 -I
import os, sys
with open(sys.argv[1], "ab") as kept:
    for line in sys.stdin.buffer:
        if line.startswith(b'{"end"'):
            kept.flush()
            os.fsync(kept.fileno())
            sys.stdout.write('{"ok":"all"}\\n')
            sys.stdout.flush()
        else:
            kept.write(line)
"""


def lines_in(path):
    return sum(block.count(b"\n") for block in iter(lambda file=open(path, "rb"): file.read(1 << 20), b""))


class Stdout(Receiver):
    """Into /dev/null: journal, mapping and delivery without a receiver."""

    def sink(self):
        return 'sink "trial" { type = "stdout" }'


class File(Receiver):
    alone = "dd conv=fsync"

    def sink(self):
        return f'sink "trial" {{ type = "file", path = "{self.world.path}/trial/%{{source}}.ndjson" }}'

    def count(self):
        return sum(map(lines_in, (self.world.path / "trial").glob("*.ndjson")))

    def prepare(self, lines):
        return lambda: subprocess.run(["dd", f"if={lines}", f"of={self.world.path}/copy", "bs=1M", "conv=fsync", "status=none"], check=True)


class Exec(Receiver):
    """A program that writes what it reads to a file and syncs it at the end of each batch."""

    alone = "cat into it"

    def start(self):
        self.program, self.kept = self.world.path / "program", self.world.path / "kept"
        self.program.write_text(PROGRAM)
        self.program.chmod(0o755)
        return self

    def sink(self):
        return f'sink "trial" {{ type = "exec", program = "{self.program}", arguments = {{ "{self.kept}" }} }}'

    def count(self):
        return lines_in(self.kept)

    def prepare(self, lines):
        again, end = self.world.path / "again", self.world.path / "end"
        end.write_text('{"end":"x","events":1}\n')
        command = f"cat {self.kept} {end} | {self.program} {again} >/dev/null"
        return lambda: subprocess.run(command, shell=True, check=True)
