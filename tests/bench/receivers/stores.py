"""Object stores: directly, the same objects with the same number of requests at once."""
import concurrent.futures
import gzip

from receivers.receiver import Receiver
from servers.azurite import ACCOUNT, KEY, Azurite as AzuriteServer
from servers.swift import ACCESS, SECRET, Swift as SwiftServer

AT_ONCE = 4  # as the sinks' default


class Store(Receiver):
    alone = f"the same objects, {AT_ONCE} at once"

    def count(self):
        return sum(gzip.decompress(content).count(b"\n") for content in self.server.seen("logs").values())

    def prepare(self, lines):
        objects = list(self.server.seen("logs").items())

        def deliver():
            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
                answers = list(pool.map(lambda item: self.put(*item), objects))
            if set(answers) - {200, 201}:
                raise OSError(f"the store answers {set(answers)}")

        return deliver


class Swift(Store):
    def start(self):
        self.server = SwiftServer(self.world)
        self.server.start("logs")
        self.world.variables.update(S3_ACCESS=ACCESS, S3_SECRET=SECRET)
        return self

    def sink(self):
        return (f'sink "trial" {{ type = "s3", bucket = "logs", endpoint = "{self.server.endpoint}", access_key = env "S3_ACCESS", '
                f'secret_key = env "S3_SECRET" }}')

    def put(self, name, content):
        return self.server.client.ask("PUT", f"/logs/again/{name}", body=content)[0]


class Azurite(Store):
    kind = "azure_blob"

    def start(self):
        self.server = AzuriteServer(self.world)
        self.server.start("logs")
        self.world.variables["AZURE_KEY"] = KEY
        return self

    def sink(self):
        return (f'sink "trial" {{ type = "{self.kind}", account = "{ACCOUNT}", container = "logs", endpoint = "{self.server.endpoint}", '
                f'account_key = env "AZURE_KEY" }}')

    def put(self, name, content):
        return self.server.ask("PUT", f"/{ACCOUNT}/logs/again/{name}", headers={"x-ms-blob-type": "BlockBlob"}, body=content)[0]


class AzuriteAppend(Azurite):
    """The same blobs in one piece each; only so much is comparable, for their blocks go up one after the other."""
    kind = "azure_append_blob"

    def count(self):
        return sum(content.count(b"\n") for content in self.server.seen("logs").values())
