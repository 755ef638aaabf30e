"""Events that the simulator writes without being asked over a wire."""
import json
import subprocess


def corpus(world, *options):
    return subprocess.run([world.program("postern-simulator"), "corpus", *options], capture_output=True, check=True).stdout.splitlines()


def pairs(world, count, seed):
    """Log type, record of API 1.0, record of API 2.0; each pair tells of one happening."""
    told = [json.loads(line) for line in corpus(world, "--pairs", "--events", str(count), "--seed", str(seed))]
    return [(one["type"], one["api_1"], one["api_2"]) for one in told]
