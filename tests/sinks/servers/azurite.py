"""Azurite, Microsoft's emulator of Azure storage, out of the npm package of that name. It checks shared keys and signatures of SAS."""
import base64
import contextlib
import datetime
import hashlib
import hmac
import http.client
import os
import re
import signal
import subprocess
import urllib.parse

from harness import free_port, stop_where_it_is, wait_until

from servers.npm import installed

ACCOUNT = "devstoreaccount1"  # Azurite's own, with the key that its documentation gives everybody
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
VERSION = "2021-12-02"


def signed(text):
    return base64.b64encode(hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()).decode()


class Azurite:
    def __init__(self, world):
        self.world, self.folder, self.port = world, world.path / "azurite", free_port()
        self.program = installed(world, {"azurite": "3.37.0"}) / "azurite/dist/src/blob/main.js"
        self.folder.mkdir()
        self.endpoint = f"http://127.0.0.1:{self.port}/{ACCOUNT}"

    def ask(self, method, path, query=(), headers=(), body=b""):
        """`path` as it is sent, with the account in front."""
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT")
        headers = {"x-ms-date": now, "x-ms-version": VERSION, **dict(headers)}
        fixed = [method, "", "", str(len(body)) if body else "", "", headers.get("Content-Type", ""), "", "", "", "", "", ""]
        lines = fixed + [f"{name}:{headers[name]}" for name in sorted(headers) if name.startswith("x-ms-")]
        resource = f"/{ACCOUNT}{path}" + "".join(f"\n{name}:{value}" for name, value in sorted(query))
        headers["Authorization"] = f"SharedKey {ACCOUNT}:" + signed("\n".join(lines) + "\n" + resource)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            encoded = urllib.parse.urlencode(query)
            connection.request(method, path + (f"?{encoded}" if encoded else ""), body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def sas(self, container, end):
        """A token that lets in who creates and writes blobs of the container until `end`."""
        parts = {"sp": "cw", "st": "", "se": end, "sv": VERSION, "sr": "c"}
        text = "\n".join([parts["sp"], "", end, f"/blob/{ACCOUNT}/{container}", "", "", "", VERSION, "c", "", "", "", "", "", "", ""])
        return urllib.parse.urlencode({**{name: value for name, value in parts.items() if value}, "sig": signed(text)})

    def _answers(self):
        try:
            return self.ask("GET", f"/{ACCOUNT}", (("comp", "list"),))[0] == 200
        except OSError:
            return False

    def start(self, container=None):
        log = open(self.world.path / "azurite.log", "ab")
        self.process = subprocess.Popen(["node", str(self.program), "--silent", "--skipApiVersionCheck", "--disableTelemetry",
                                         "--location", str(self.folder), "--blobHost", "127.0.0.1", "--blobPort", str(self.port)],
                                        stdout=log, stderr=log, env={**os.environ, "NO_UPDATE_NOTIFIER": "1"})
        self.world.processes.append(self.process)
        wait_until(self._answers, "Azurite answers", timeout=60)
        if container:
            self.ask("PUT", f"/{ACCOUNT}/{container}", (("restype", "container"),))

    @contextlib.contextmanager
    def ended(self):
        """It is told to end and comes again: killed, it forgets what it had not yet put into its index."""
        self.process.terminate()
        self.process.wait()
        try:
            yield
        finally:
            self.start()

    @contextlib.contextmanager
    def standing_still(self):
        stop_where_it_is(self.process)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def seen(self, container):
        """Name and content of each blob."""
        names, marker = [], ""
        while True:
            query = [("comp", "list"), ("restype", "container")] + [("marker", marker)] * bool(marker)
            status, body = self.ask("GET", f"/{ACCOUNT}/{container}", tuple(query))
            if status != 200:
                raise OSError(f"listing {container}: {status} {body[:300]}")
            names += re.findall(r"<Name>([^<]*)</Name>", body.decode())
            marker = (re.findall(r"<NextMarker>([^<]+)</NextMarker>", body.decode()) or [""])[0]
            if not marker:
                break
        contents = {}
        for name in names:
            status, body = self.ask("GET", f"/{ACCOUNT}/{container}/{urllib.parse.quote(name, safe='/')}")
            if status != 200:
                raise OSError(f"reading {name}: {status}")
            contents[name] = body
        return contents
