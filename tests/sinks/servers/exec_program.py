#!/usr/bin/env python3
"""A program for the sink exec that does in each batch what the file MODE says: exec_program.py KEPT MODE. KEPT gets a line for each
event that it answers ok; "once" in the mode means that it remembers what it has."""
import json
import os
import pathlib
import random
import signal
import sys
import time

kept_path, mode_path = map(pathlib.Path, sys.argv[1:])
kept_path.touch()
known = set(kept_path.read_text().splitlines())
kept = open(kept_path, "a")
chance = random.Random(len(known))


def say(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def answer(**words):
    say(json.dumps(words) + "\n")


def keep(messages, mode):
    for message in messages:
        if "once" not in mode or message["id"] not in known:
            kept.write(message["id"] + "\n")
        known.add(message["id"])
    kept.flush()
    os.fsync(kept.fileno())


def finish(batch, mode):
    """What is to be answered at the end of a batch."""
    if "as it goes" in mode:
        return None  # all is answered
    if "stops" in mode:
        return answer(stop="the queue is closed", remedy="open it")
    if "stubborn" in mode:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if "hangs" in mode:
        mode_path.with_name("reached").touch()
        time.sleep(3600)
    if "retries" in mode and chance.random() < 0.5:
        keep(batch[:len(batch) // 2], mode)
        for message in batch[:len(batch) // 2]:
            answer(ok=message["id"])
        return answer(retry="all", after=0, reason="not now")
    if "nonsense" in mode and ("always" in mode or chance.random() < 0.5):
        return say(chance.choice(["hello\n", "[]\n", "{}\n", '{"ok":1}\n', '{"ok":"nobody"}\n', '{"ok":"a","reject":"b"}\n', "x" * 100000 + "\n",
                                  '{"reject":"' + batch[0]["id"] + '"}\n', "\x00\n"]))
    refused = [message for message in batch if "rejects" in mode and message["id"][0] in "01"]
    batch = [message for message in batch if message not in refused]
    for message in refused:
        answer(reject=message["id"], reason="begins with " + message["id"][0])
    if "disorder" in mode:
        chance.shuffle(batch)
    if "slow" in mode:
        time.sleep(0.2)
    if "dies" in mode and chance.random() < 0.5:
        keep(batch[::2], mode)
        sys.exit(3)
    keep(batch, mode)
    if "disorder" in mode:
        for message in batch:
            answer(ok=message["id"], more=["members", {"that": "mean nothing"}])
    else:
        answer(ok="all")


batch = []
for line in sys.stdin:
    message = json.loads(line)
    mode = mode_path.read_text() if mode_path.exists() else ""
    if "end" in message:
        if len(batch) != message["events"] or len({one["id"] for one in batch}) != len(batch):
            sys.exit("the batch is not what its end says")
        finish(batch, mode)
        batch = []
    elif "as it goes" in mode:
        keep([message], mode)
        answer(ok_up_to=message["id"])
        batch.append(message)
    else:
        batch.append(message)
    if "chatty" in mode:
        print("chatter " * 300, file=sys.stderr, flush=True)
