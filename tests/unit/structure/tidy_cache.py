"""What clang-tidy found no fault in, remembered from run to run: a file is looked at again when anything changed that it is made of,
be it a comment, a system header, the checks or clang-tidy itself. Only "no fault" is remembered."""
import hashlib
import os
import pathlib
import shlex
import subprocess
import time

KEEP_DAYS = 30
FOLDER = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "postern-tidy"


class Cache:
    def __init__(self, root, tool):
        self.root, self.digests = root, {}
        version = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True).stdout
        checks = root / ".clang-tidy"
        self.common = version + (checks.read_text(encoding="utf-8") if checks.is_file() else "")
        FOLDER.mkdir(parents=True, exist_ok=True)
        for file in FOLDER.iterdir():
            if time.time() - file.stat().st_mtime > KEEP_DAYS * 86400:
                file.unlink(missing_ok=True)

    def _digest(self, name):
        if name not in self.digests:
            self.digests[name] = hashlib.sha256(pathlib.Path(name).read_bytes()).hexdigest()
        return self.digests[name]

    def key(self, command, directory):
        """Of one compilation; None if what it is made of cannot be told. Where the tree lies makes no difference."""
        words = shlex.split(command)
        if "-o" in words:
            del words[words.index("-o"):words.index("-o") + 2]
        listed = subprocess.run([*words, "-M"], cwd=directory, capture_output=True, text=True)
        if listed.returncode:
            return None
        names = listed.stdout.replace("\\\n", " ").partition(":")[2].split()
        files = [str((pathlib.Path(directory) / name).resolve()) for name in names]
        parts = [self.common, command, *(f"{name} {self._digest(name)}" for name in files)]
        plain = "\n".join(parts).replace(str(pathlib.Path(directory).resolve()), "BUILD").replace(str(self.root), "ROOT")
        return hashlib.sha256(plain.encode()).hexdigest()

    @staticmethod
    def knows(key):
        """True if no fault was found in it; it is kept on then."""
        if not key or not (FOLDER / key).is_file():
            return False
        os.utime(FOLDER / key)
        return True

    @staticmethod
    def remember(key):
        if key:
            (FOLDER / key).touch()
