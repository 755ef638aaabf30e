"""nginx in front of a receiver: it refuses what is too large or too much, and answers by itself when nobody is behind it."""
import shutil
import socket
import subprocess

from harness import check, free_port, wait_until


class Nginx:
    def __init__(self, world, behind, body="8k", rate="1000r/s"):
        folder = world.path / "nginx"
        folder.mkdir(mode=0o755)
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        self.port = free_port()
        temporary = "".join(f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        settings = folder / "nginx.conf"
        settings.write_text(f"""daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors;
events {{ worker_connections 64; }}
http {{ access_log {folder}/access; {temporary}
  limit_req_zone $server_addr zone=all:1m rate={rate};
  server {{ listen 127.0.0.1:{self.port}; client_max_body_size {body};
    location / {{ limit_req zone=all; limit_req_status 429; proxy_pass http://127.0.0.1:{behind}; }} }} }}
""")
        self.access = folder / "access"
        self.process = subprocess.Popen([program, "-c", str(settings), "-e", str(folder / "errors")], stderr=subprocess.DEVNULL)
        world.processes.append(self.process)  # ended with it
        wait_until(self.answers, "nginx listens")

    def answers(self):
        check(self.process.poll() is None, "nginx did not start")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def statuses(self):
        """Of all that it answered."""
        return {int(line.split('" ')[1].split()[0]) for line in self.access.read_text().splitlines()}

    def stop(self):
        self.process.terminate()
        self.process.wait()
