"""An authority of a test's own, a receiver's certificate, for 127.0.0.1 unless told, and one for a client, made with the openssl program."""
import subprocess


class Certificates:
    def __init__(self, folder, names="IP:127.0.0.1,DNS:localhost"):
        folder.mkdir(mode=0o700)
        self.folder = folder
        self.authority, authority_key = self._make("ca", "-x509", "-addext", "basicConstraints=critical,CA:TRUE", "-addext",
                                                   "keyUsage=critical,keyCertSign,cRLSign")
        signed = ("-x509", "-CA", self.authority, "-CAkey", authority_key, "-addext", "basicConstraints=critical,CA:FALSE")
        self.server, self.server_key = self._make("server", *signed, "-addext", f"subjectAltName={names}")
        self.client, self.client_key = self._make("client", *signed, "-addext", "extendedKeyUsage=clientAuth")

    def _make(self, name, *words):
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        subprocess.run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650",
                        "-subj", f"/O=Postern tests/CN={name}", "-keyout", key, "-out", certificate, *words],
                       check=True, capture_output=True)
        return certificate, key

    def trusted(self):
        """The options of a sink."""
        return f'ca_file = "{self.authority}"'

    def known(self):
        return f'{self.trusted()}, client_certificate = "{self.client}", client_key = "{self.client_key}"'
