"""The real rsyslog with an input of each kind, each writing a file of its own as it came."""
import socket


from harness import free_port
from servers.process import Server, listens
from trial import ids_in

INPUTS = """
global(workDirectory="{folder}" maxMessageSize="64k" parser.escapeControlCharactersOnReceive="on" {certificates})
module(load="imudp") module(load="imtcp" {tls_driver}) module(load="imptcp") module(load="imrelp")
module(load="imuxsock" SysSock.Use="off")
main_queue({queue})
template(name="raw" type="string" string="%rawmsg%\\n")
template(name="fields" type="string" string="%hostname%|%app-name%|%procid%|%msgid%|%pri%|%timestamp:::date-rfc3339%|%msg%\\n")
ruleset(name="write") {{
  action(type="omfile" file="{folder}/raw" template="raw" asyncWriting="off" flushOnTXEnd="on")
  action(type="omfile" file="{folder}/fields" template="fields" asyncWriting="off" flushOnTXEnd="on")
}}
input(type="imudp" address="127.0.0.1" port="{udp}" ruleset="write")
input(type="imtcp" address="127.0.0.1" port="{tcp}" ruleset="write")
input(type="imptcp" path="{folder}/stream" ruleset="write")
input(type="imuxsock" socket="{folder}/datagrams" ruleset="write")
input(type="imrelp" address="127.0.0.1" port="{relp}" ruleset="write" maxDataSize="64k" {relp_input})
"""


class Rsyslog(Server):
    """With certificates the inputs for TCP and RELP are ones with TLS; both of them want ours if `client`. The queue "direct": what is
    acknowledged has been written."""

    def __init__(self, world, name="rsyslog", queue='queue.type="direct"', certificates=None, client=False):
        super().__init__(world, name)
        self.udp, self.tcp, self.relp = free_port(socket.SOCK_DGRAM), free_port(), free_port()
        driver = relp = files = ""
        if certificates:
            names = certificates.authority, certificates.server, certificates.server_key
            files = 'defaultNetstreamDriverCAFile="{}" defaultNetstreamDriverCertFile="{}" defaultNetstreamDriverKeyFile="{}"'.format(*names)
            driver = f'streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="{"x509/certvalid" if client else "anon"}"'
            relp = 'tls="on" tls.caCert="{}" tls.myCert="{}" tls.myPrivKey="{}" tls.authMode="certvalid"'.format(*names)
        (self.folder / "rsyslog.conf").write_text(INPUTS.format(folder=self.folder, queue=queue, udp=self.udp, tcp=self.tcp, relp=self.relp,
                                                                certificates=files, tls_driver=driver, relp_input=relp))

    def command(self):
        return "/usr/sbin/rsyslogd", "-n", "-iNONE", "-f", self.folder / "rsyslog.conf"

    def is_ready(self):
        return listens(self.tcp) and listens(self.relp) and (self.folder / "stream").exists()

    def raw(self):
        file = self.folder / "raw"
        return file.read_bytes() if file.exists() else b""

    def fields(self):
        return (self.folder / "fields").read_text().splitlines()

    def seen(self):
        return ids_in(self.raw())
