"""OpenSearch: _bulk as Elasticsearch has it, without its failure store and its vendor's headers; signed requests, if it has keys."""
from servers.elasticsearch import Elasticsearch
from servers.receiver import answer, want
from servers.sigv4 import fault


class OpenSearch(Elasticsearch):
    def __init__(self, keys=None, region="eu-west-1", **more):
        self.keys, self.region = keys, region  # secrets by access key
        super().__init__(**more)
        self.version = {"distribution": "opensearch", "number": "2.11.0"}

    def take(self, request):
        asked = [request.headers.get(name, "") for name in ("accept", "content-type")]
        want(not any("compatible-with" in value for value in asked), 406, f"a vendor's content type: {asked}")
        target = request.path + (f"?{request.query}" if request.query else "")
        wrong = self.keys and fault(request.method, target, request.headers, request.packed, self.keys, self.region, service="es")
        if wrong:
            return answer(403, {"message": f"The request signature we calculated does not match ({wrong})"})
        taken = super().take(request)
        want(b"failure_store" not in taken.body, 500, "OpenSearch has no failure store")
        return taken
