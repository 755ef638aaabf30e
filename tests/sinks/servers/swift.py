"""OpenStack Swift with its S3 interface: four real servers with one device. They check signatures of version 4."""
import contextlib
import os
import pathlib
import signal
import subprocess

from harness import check, free_port, wait_until

from servers.sigv4 import Client

ACCESS, SECRET = "test:tester", "testing"
PYTHON = "/usr/bin/python3"  # the distribution's, which has its packages
PARTS = ("account", "container", "object")

# Loading takes Swift the longest, so one process does it and forks a server for each line that names a part; it answers with the
# process id. Swift reads its hash prefix from a fixed place: that is set before anything looks.
LAUNCHER = """
import ctypes
import os
import signal
import sys
from swift.common import utils
utils.SWIFT_CONF_FILE = sys.argv[1]
utils.HASH_PATH_PREFIX = b"postern"
utils.HASH_PATH_SUFFIX = b"trial"
from swift.common import storage_policy
storage_policy.reload_storage_policies()
from swift.common.wsgi import run_wsgi
import swift.account.server, swift.common.middleware.s3api.s3api, swift.container.server, swift.obj.server, swift.proxy.server
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
libc = ctypes.CDLL(None)
for line in sys.stdin:
    part = line.strip()
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        libc.prctl(1, signal.SIGKILL)  # it ends with the launcher
        os.close(0)
        sys.exit(run_wsgi(sys.argv[2] + "/" + part + ".conf", part + "-server"))
    print(child, flush=True)
"""
RINGS = """
import sys
from swift.common.ring import RingBuilder
folder, part, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
builder = RingBuilder(4, 1, 0)
builder.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "replication_ip": "127.0.0.1", "replication_port": port,
                 "device": "disk", "weight": 1.0, "meta": ""})
builder.rebalance(seed=1)
builder.get_ring().save(f"{folder}/{part}.ring.gz")
"""
PROXY = """
[pipeline:main]
pipeline = catch_errors cache listing_formats s3api tempauth slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
node_timeout = 30
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
min_segment_size = 5242880
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""
STORAGE = """
[pipeline:main]
pipeline = {part}-server
[app:{part}-server]
use = egg:swift#{part}
"""
DEFAULT = """
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
disable_fallocate = true
log_level = ERROR
"""


class Swift:
    def __init__(self, world):
        self.world, self.folder = world, pathlib.Path(world.path) / "swift"
        (self.folder / "devices/disk").mkdir(parents=True)
        self.ports = {part: free_port() for part in (*PARTS, "proxy")}
        self.pids, self.log = {}, self.folder / "servers.log"
        (self.folder / "swift.conf").write_text("[swift-hash]\nswift_hash_path_prefix = postern\nswift_hash_path_suffix = trial\n"
                                                "[storage-policy:0]\nname = one\ndefault = yes\n")
        for part in PARTS:
            subprocess.run([PYTHON, "-I", "-c", RINGS, str(self.folder), part, str(self.ports[part])], check=True)
        user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        for part, port in self.ports.items():
            text = PROXY if part == "proxy" else STORAGE.format(part=part)
            (self.folder / f"{part}.conf").write_text(DEFAULT.format(port=port, user=user, folder=self.folder) + text)
        self.client = Client("127.0.0.1", self.ports["proxy"], ACCESS, SECRET)
        self.endpoint = f"http://127.0.0.1:{self.ports['proxy']}"

    def _launch(self, part):
        self.launcher.stdin.write(f"{part}\n")
        self.launcher.stdin.flush()
        self.pids[part] = int(self.launcher.stdout.readline())

    def _answers(self):
        check(self.launcher.poll() is None, lambda: f"the launcher ended: {self.log.read_text()[-3000:]}")
        try:
            return self.client.ask("GET", "/")[0] == 200
        except OSError:
            return False

    def start(self, bucket):
        with open(self.log, "ab") as log:
            self.launcher = subprocess.Popen([PYTHON, "-I", "-c", LAUNCHER, str(self.folder / "swift.conf"), str(self.folder)],
                                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, cwd=self.folder,
                                             env={**os.environ, "PYTHONWARNINGS": "ignore"})
        self.world.processes.append(self.launcher)
        for part in self.ports:
            self._launch(part)
        wait_until(self._answers, "Swift answers", timeout=90)
        status, body = self.client.ask("PUT", f"/{bucket}")
        check(status in (200, 409), lambda: f"making the bucket: {status} {body}")

    def kill(self):
        """The one that everybody asks; what it took in the others keep."""
        os.kill(self.pids["proxy"], signal.SIGKILL)
        wait_until(lambda: not os.path.exists(f"/proc/{self.pids['proxy']}"), "the proxy is gone")

    def restart(self):
        self._launch("proxy")
        wait_until(self._answers, "Swift answers again", timeout=90)

    @contextlib.contextmanager
    def killed(self):
        self.kill()
        try:
            yield
        finally:
            self.restart()

    @contextlib.contextmanager
    def standing_still(self):
        os.kill(self.pids["proxy"], signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pids["proxy"], signal.SIGCONT)

    def seen(self, bucket):
        """Name and content of each object."""
        return {key: self.client.read(bucket, key) for key in self.client.keys(bucket)}

