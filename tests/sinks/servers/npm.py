"""Packages of npm that tests use as tools: put into the build folder once, in the version that is asked for."""
import fcntl
import json
import os
import subprocess

from harness import check


def installed(world, name, version):
    """The node_modules folder that holds it."""
    folder = world.build / "npm" / f"{name}-{version}"
    modules = folder / "node_modules"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run side by side
        there = modules / name / "package.json"
        if not there.exists() or json.loads(there.read_text())["version"] != version or not (folder / "whole").exists():
            (folder / "package.json").write_text('{"private": true}')
            done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent", f"{name}@{version}"],
                                  cwd=folder, capture_output=True, text=True, env={**os.environ, "NO_UPDATE_NOTIFIER": "1"})
            check(done.returncode == 0, f"npm cannot install {name} {version}: {done.stdout} {done.stderr}")
            (folder / "whole").touch()
    return modules
