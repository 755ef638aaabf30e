"""Packages of npm that tests use as tools: put beside the build folders once, in the versions that are asked for."""
import fcntl
import os
import subprocess

from harness import check


def installed(world, packages):
    """The node_modules folder that holds them; `packages`: version by name."""
    wanted = [f"{name}@{version}" for name, version in sorted(packages.items())]
    folder = world.build.parent / "npm" / "+".join(wanted)  # of all builds; other tests may look at the same moment
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run side by side
        if not (folder / "whole").exists():
            (folder / "package.json").write_text('{"private": true}')
            done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent", *wanted], cwd=folder,
                                  capture_output=True, text=True, env={**os.environ, "NO_UPDATE_NOTIFIER": "1"})
            check(done.returncode == 0, f"npm cannot install {wanted}: {done.stdout} {done.stderr}")
            (folder / "whole").touch()
    return folder / "node_modules"
