"""A Google service account: its key, and whoever checks the assertions that are signed with it (RFC 7523)."""
import base64
import json
import subprocess


class ServiceAccount:
    EMAIL = "postern@acme.example"

    def __init__(self, folder, token_url, scope):
        self.token_url, self.scope = token_url, scope
        self.private, self.public = folder / "account.pem", folder / "account.pub"
        subprocess.run(["openssl", "genrsa", "-out", self.private, "2048"], check=True, capture_output=True)
        subprocess.run(["openssl", "rsa", "-in", self.private, "-pubout", "-out", self.public], check=True, capture_output=True)
        self.key_file = json.dumps({"type": "service_account", "client_email": self.EMAIL, "private_key_id": "key-1",
                                    "private_key": self.private.read_text(), "token_uri": token_url})

    def is_signed(self, text, signature):
        files = [self.private.with_suffix(suffix) for suffix in (".signed", ".signature")]
        files[0].write_text(text)
        files[1].write_bytes(signature)
        return subprocess.run(["openssl", "dgst", "-sha256", "-verify", self.public, "-signature", files[1], files[0]],
                              capture_output=True, check=False).returncode == 0

    def fault(self, form, now):
        """The `error` of a request for a token that is wrong, or None."""
        try:
            head, claims, signature = form["assertion"].split(".")
            header, said = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in (head, claims))
        except (KeyError, ValueError):
            return "invalid_request"
        wanted = {"iss": self.EMAIL, "scope": self.scope, "aud": self.token_url}
        good = self.is_signed(f"{head}.{claims}", base64.urlsafe_b64decode(signature + "=="))
        good = good and header == {"alg": "RS256", "typ": "JWT", "kid": "key-1"} and wanted.items() <= said.items()
        good = good and form.get("grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        return None if good and abs(now - said["iat"]) < 300 and 0 < said["exp"] - said["iat"] <= 3600 else "invalid_grant"
