"""`postern sink test` asks the receivers of the HTTP sinks before it writes: what is good, what is wrong and what to do, and no secret."""
from declare import declare
from harness import check
from servers.clickhouse import ClickHouse
from servers.datadog import Datadog
from servers.elasticsearch import Elasticsearch
from servers.google_secops import GoogleSecops
from servers.loki import Loki
from servers.otlp import Otlp
from servers.receiver import answer
from servers.sentinel import Sentinel
from servers.splunk import LogScale, Splunk
from servers.webhook import Webhook


class Tried:
    """One `postern sink test` after the other on a sink; what it prints, without its secrets."""

    def __init__(self, world, kind, secrets=None, **options):
        self.world, self.kind, self.secrets, self.options = world, kind, secrets or {}, options

    def account(self):
        """A configuration has one; a test of a sink does not ask it."""
        secret = self.world.path / "client_secret"
        secret.write_text("never-sent-anywhere\n")
        secret.chmod(0o600)
        return (f'account "acme" {{ api = 2, base_url = "https://api.services.mimecast.com", client_id = file "{secret}", '
                f'client_secret = file "{secret}" }}')

    def test(self, *words, code=0, hides=(), secrets=None, **options):
        secrets = {**self.secrets, **(secrets or {})}
        config = self.world.config(self.account(), sink=declare(self.world, self.kind, secrets, **{**self.options, **options}))
        done = self.world.postern("sink", "test", "files", "-c", config, code=code)
        shown = done.stdout + done.stderr
        for word in words:
            check(word in shown, f"{word!r} is not in {shown}")
        for word in (*secrets.values(), *hides):
            check(word not in shown, f"{word!r} is in {shown}")
        return shown


def wrote(receiver):
    return [event for _, event in receiver.seen() if event.get("postern_test")]


def test_datadog(world):
    receiver = Datadog(key="right-key")
    sink = Tried(world, "datadog", {"token": "right-key"}, url=f"{receiver.url}/api/v2/logs", validate_url=f"{receiver.url}/api/v1/validate")
    sink.test("the key is valid", "asked the receiver", "the receiver has the event")
    check(len(wrote(receiver)) == 1, "the event did not arrive")
    sink.test("asking the receiver: whether the key is valid: the receiver answers 403", "the key of another site is refused", code=78,
              secrets={"token": "wrong-key"})
    check(len(wrote(receiver)) == 1, "the event was written all the same")
    receiver.stop()
    sink.test("asking the receiver: ", code=1)


def test_datadog_by_another_way_is_not_asked(world):
    receiver = Datadog()
    shown = Tried(world, "datadog", {"token": "hush"}, url=f"{receiver.url}/api/v2/logs").test("the receiver has the event")
    check("asked the receiver" not in shown, shown)
    receiver.stop()


def test_sentinel(world):
    receiver = Sentinel(secret="right-secret")
    sink = Tried(world, "sentinel", {"client_secret": "right-secret"}, endpoint=receiver.url, authority=receiver.url, dcr=receiver.dcr,
                 tenant="tenant-1", client_id="app-1")
    sink.test("the rule takes calls for the stream", "the receiver has the event", hides=["token-1"])
    check(len(wrote(receiver)) == 1, "the event did not arrive")
    sink.test("AADSTS7000215", "check tenant, id and secret", code=78, secrets={"client_secret": "wrong-secret"})
    sink.test("an empty call: the receiver answers 404", "check endpoint, dcr", code=78, dcr="dcr-" + "f" * 32)
    receiver.has_role = False
    sink.test("an empty call: the receiver answers 403", "30 minutes", code=78, hides=[f"token-{receiver.given + 1}"])
    receiver.stop()
    sink.test("asking the receiver: ", code=1)
    check(len(wrote(receiver)) == 1, "an event was written all the same")


def test_logscale(world):
    receiver = LogScale(token="right-token")
    sink = Tried(world, "logscale", {"token": "right-token"}, url=receiver.url)
    shown = sink.test("LogScale 1.131.1--build-1: OK", "the receiver has the event")
    check("time server" not in shown, shown)
    receiver.clock_off = -3600
    sink.test("seconds behind ours", "set the clock of this machine by a time server", "the receiver has the event")
    sink.test("the receiver answers 401", code=78, secrets={"token": "wrong-token"})
    receiver.stop()
    sink.test("asking the receiver: ", code=1)


def test_otlp(world):
    receiver = Otlp(token="right-token")
    for encoding, shown in (("protobuf", "it takes log records as protobuf"), ("json", "it takes log records as JSON")):
        sink = Tried(world, "otlp", {"token": "right-token"}, url=receiver.url, encoding=encoding)
        sink.test(shown, "the receiver has the event")
    check(len(wrote(receiver)) == 2, "the events did not arrive")
    sink.test("an empty request: the receiver answers 401", code=78, secrets={"token": "wrong-token"})
    sink.test("the receiver answers 404", "has no /v1/logs there", code=78, url=f"{receiver.url}/elsewhere")
    receiver.response = lambda as_json, refused: answer(200, "<html>log in</html>")
    sink.test("none of OTLP", "check that url leads to a receiver of OTLP", code=78)
    check(len(wrote(receiver)) == 2, "an event was written all the same")
    receiver.stop()
    sink.test("asking the receiver: ", code=1)


def test_splunk(world):
    receiver = Splunk(token="right-token")
    sink = Tried(world, "splunk_hec", {"token": "right-token"}, url=receiver.url)
    sink.test("health: HEC is healthy", "the token is good and does not acknowledge", "the receiver has the event")
    sink.test("ACK is disabled (code 14)", "enable indexer acknowledgement on the token", code=78, ack="on")
    sink.test("the token: the receiver answers 403: Invalid token (code 4)", "check the token", code=78, secrets={"token": "wrong-token"})
    receiver.asks_for_channel_first = True
    sink.test("whether the token is good is not told", "the receiver has the event", ack="off")
    receiver.asks_for_channel_first = False
    receiver.acknowledges, receiver.healthy = True, False
    sink.test("health: HEC is unhealthy, queues are full", "the token is good and acknowledges", "the receiver has the event")
    sink.test("Data channel is missing (code 10)", 'set ack = "on"', code=78, ack="off")
    check(len(wrote(receiver)) == 3, f"{len(wrote(receiver))} events")
    receiver.stop()
    sink.test("asking the receiver: ", code=1)


def test_clickhouse(world):
    receiver = ClickHouse(password="right-password")
    sink = Tried(world, "clickhouse", {"password": "right-password"}, url=receiver.url)
    sink.test("ClickHouse 24.8.1.1", "the table has all columns", "the receiver has the event")
    receiver.columns = ["event", "id", "time"]
    sink.test("the table lacks the columns type, source, account", "the receiver has the event")
    receiver.columns = ["event", "time", "type", "source", "account"]
    sink.test("asking the receiver: the table lacks the columns id", code=78)
    sink.test("its version: the receiver answers 403", "Authentication failed", "check username and password", code=78,
              secrets={"password": "wrong-password"})
    sink.test("its table: the receiver answers 404", "does not exist", "check database and table", code=78, table="absent")
    check(len(wrote(receiver)) == 2 and not receiver.wrong, f"{len(wrote(receiver))} events, {receiver.wrong}")
    receiver.stop()
    sink.test("asking the receiver: ", code=1)


def test_elasticsearch(world):
    receiver = Elasticsearch(api_key="id:right-key")
    sink = Tried(world, "elasticsearch", {"api_key": "id:right-key"}, url=receiver.url)
    sink.test("Elasticsearch 8.15.0, cluster logs", "cluster health: green", "the template logs will make it", "and make it",
              "the receiver has the event")
    receiver.health = "red"
    sink.test("cluster health: red", "data stream logs-mimecast.events-default is there", "may write to logs-mimecast.events-default")
    sink.test("index mail-postern-test is not there yet; the template all will make an ordinary index", index="mail-%{account}")
    receiver.templates = []
    sink.test("no index template is for it", "make the index", index="other")
    receiver.rights = {"create_doc"}
    sink.test("asking the receiver: these credentials may not make absent", code=78, index="absent")
    receiver.rights = set()
    sink.test("asking the receiver: these credentials may not write to logs-", "create_doc", code=78)
    receiver.may_monitor, receiver.rights = False, {"create_doc", "auto_configure"}
    sink.test("who it is: not told (403)", "cluster health: not told (403)", "its index: not told (403)", "the receiver has the event")
    sink.test("who it is: the receiver answers 401", "check the credentials", code=78, secrets={"api_key": "id:wrong-key"})
    check(len(wrote(receiver)) == 5, f"{len(wrote(receiver))} events")
    receiver.stop()
    sink.test("asking the receiver: ", code=1)


def test_opensearch(world):
    receiver = Elasticsearch(basic="postern:right-password")
    receiver.version = {"number": "2.17.0", "distribution": "opensearch"}
    sink = Tried(world, "opensearch", {"password": "right-password"}, url=receiver.url, username="postern")
    shown = sink.test("OpenSearch 2.17.0, cluster logs", "the template logs will make it", "the receiver has the event")
    check("_has_privileges" not in shown and not receiver.wrong, receiver.wrong)
    sink.test("who it is: the receiver answers 401", code=78, secrets={"password": "wrong-password"})
    receiver.stop()
    sink.test("asking the receiver: ", code=1)


def test_webhook_is_asked_only_if_the_user_says_so(world):
    receiver = Webhook(token="right-token")
    sink = Tried(world, "webhook", {"token": "right-token"}, url=f"{receiver.url}/in")
    shown = sink.test("the receiver has the event")
    check("asked the receiver" not in shown and [one.method for one in receiver.requests] == ["POST"], shown)
    sink.test("it answers HEAD with 200", "asked the receiver", "the receiver has the event", test_request="HEAD")
    sink.test("HEAD: the receiver answers 401", code=78, test_request="HEAD", secrets={"token": "wrong-token"})
    receiver.stop()
    sink.test("asking the receiver: ", code=1, test_request="GET")


def test_loki(world):
    receiver = Loki(tenants={"soc"}, token="right-token")
    sink = Tried(world, "loki", {"token": "right-token"}, url=receiver.url, tenant="soc")
    sink.test("Loki is ready", "the receiver has the event")
    check(len(wrote(receiver)) == 1, "the event did not arrive")
    sink.test("the receiver answers 401: no org id", "check tenant", code=78, tenant="other")
    receiver.is_ready = False
    sink.test("Loki is not ready: Ingester not ready", "wait until Loki has started", code=1)
    check(len(wrote(receiver)) == 1, "an event was written all the same")
    receiver.stop()


def test_google_secops(world):
    receiver = GoogleSecops(world.path)
    project, location, customer = receiver.instance.split("/")[1::2]
    sink = Tried(world, "google_secops", {"service_account": receiver.account.key_file}, endpoint=receiver.url, project=project,
                 location=location, customer=customer)
    sink.test("the instance is there, and knows the log type MIMECAST_MAIL", "the receiver has the event")
    sink.test("the instance does not know the log type MIMECAST_URL", "check log_type", code=78, log_type="MIMECAST_URL")
    sink.test("the log types of the instance: the receiver answers 400", "check location", code=78, location="us")
    receiver.allowed.remove("logTypes")
    sink.test("the log types of the instance: not told (403)", "the receiver has the event")
    receiver.stop()
