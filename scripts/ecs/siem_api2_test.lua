-- Tests of siem as API 2.0 tells it: long names, and texts for numbers and flags. tests/ecs/pairs.py holds both APIs equal.

local tests = postern.script "ecs/test_case"
local siem, whole, ABSENT = tests.siem_of_api_2, tests.whole, tests.ABSENT

return {
  whole(siem("receipt", "the whole document", [[{"timestamp":1767254444123,"aggregateId":"7O7I7MvG_1767254444",
    "processingId":"p7Zk_1767254444","accountId":"C0A0","type":"receipt","subtype":"Acc","_offset":1825747,"_partition":53,
    "action":"Acc","senderEnvelope":"bounce@news.example","senderHeader":"Ada Lovelace <ada@news.example>",
    "recipients":"bob@corp.example","messageId":"<1@news.example>","subject":"Grüße","senderIp":"192.0.2.10",
    "direction":"Inbound","numberAttachments":"0","rejectionType":null,"rejectionCode":null,"rejectionInfo":null,
    "receiptErrors":"","virusFound":null,"tlsVersion":"TLSv1.3","tlsCipher":"TLS_AES_256_GCM_SHA384","spamInfo":"[]",
    "spamScore":"1","spamDetectionLevel":"28","spamProcessingDetail":"{\"spf\":{\"info\":\"SPF_PASS\",\"allow\":true}}"}]]),
    [[{"@timestamp":"2026-01-01T08:00:44.123Z","ecs":{"version":"8.17.0"},"organization":{"id":"C0A0","name":"acme"},
    "observer":{"vendor":"Mimecast"},
    "event":{"module":"mimecast","dataset":"mimecast.siem_logs","kind":"event","category":["email"],"type":["info"],
      "id":"00112233445566778899aabbccddeeff","created":"2026-01-01T00:05:00.000Z","action":"Acc","outcome":"unknown"},
    "email":{"local_id":"7O7I7MvG","message_id":"<1@news.example>","subject":"Grüße","direction":"inbound",
      "from":{"address":["ada@news.example","bounce@news.example"]},"to":{"address":["bob@corp.example"]}},
    "source":{"ip":"192.0.2.10"},
    "tls":{"cipher":"TLS_AES_256_GCM_SHA384","version":"1.3","version_protocol":"tls"},
    "related":{"user":["ada@news.example","bounce@news.example","bob@corp.example"],"ip":["192.0.2.10"]},
    "mimecast":{"log_type":"receipt","accountId":"C0A0","aggregateId":"7O7I7MvG_1767254444","processingId":"p7Zk_1767254444",
      "subtype":"Acc","senderHeader":"Ada Lovelace <ada@news.example>","numberAttachments":0,"spamDetectionLevel":28,
      "spamScore":1,"SpamInfo":"[]","SpamProcessingDetail":{"spf":{"info":"SPF_PASS","allow":true}}}}]]),

  siem("delivery", "where a mail went", [[{"timestamp":"1767254444000","delivered":"true","destinationIp":"203.0.113.5",
    "Hostname":"mx.other.example","route":"Exchange Online","direction":"OUTBOUND","tlsUsed":"Yes","deliveryTime":"300"}]], {
    ["@timestamp"] = "2026-01-01T08:00:44.000Z", ["event.outcome"] = "success", ["destination.ip"] = "203.0.113.5",
    ["destination.domain"] = "mx.other.example", ["mimecast.Hostname"] = "mx.other.example", ["source"] = ABSENT,
    ["related.hosts[1]"] = "mx.other.example", ["related.ip[1]"] = "203.0.113.5", ["email.direction"] = "outbound",
    ["mimecast.route"] = "Exchange Online", ["tls.established"] = true, ["mimecast.deliveryTime"] = 300 }),
  siem("delivery", "a server that is known by its address only", [[{"Hostname":"192.0.2.1","hostname":"x"}]], {
    ["destination.domain"] = ABSENT, ["related.hosts[1]"] = "192.0.2.1", ["mimecast.Hostname"] = "192.0.2.1" }),
  siem("receipt", "a rejection is a failure and an alert", [[{"action":"Rej","rejectionType":"Recipient Verification",
    "rejectionCode":550,"rejectionInfo":"Invalid Recipient","receiptErrors":"gone"}]], {
    ["event.kind"] = "alert", ["event.outcome"] = "failure", ["event.reason"] = "Invalid Recipient", ["error.code"] = "550",
    ["error.type"] = "Recipient Verification", ["error.message"] = "gone" }),
  siem("process", "a bounce is a failure", [[{"action":"Bnc"}]], { ["event.outcome"] = "failure", ["event.kind"] = "event" }),
  siem("process", "the reason of a hold", [[{"action":"Hld","holdReason":"Spm"}]], {
    ["event.reason"] = "Spm", ["event.outcome"] = "unknown" }),
  siem("ttp-url", "no analysis, as a text", [[{"analysis":"null","url":"https://a.example/x","blockReason":"bad"}]], {
    ["mimecast.analysis"] = ABSENT, ["mimecast.analysis_text"] = ABSENT, ["event.reason"] = "bad", ["event.kind"] = "alert" }),
  siem("ttp-url", "an analysis that is cut", [[{"analysis":"{\"a\":1"}]], {
    ["mimecast.analysis"] = ABSENT, ["mimecast.analysis_text"] = '{"a":1' }),
  siem("iep", "what was found in a mail makes an alert", [[{"scanResults":"Blocked URL Category"}]], {
    ["event.kind"] = "alert", ["mimecast.scanResults"] = "Blocked URL Category" }),
  siem("impersonation", "flags and numbers that are texts", [[{"taggedMalicious":"true","internalUserName":"false",
    "customNameMatch":"maybe","itemsDetected":"2","policyDefinition":"Default"}]], {
    ["event.kind"] = "alert", ["mimecast.taggedMalicious"] = true, ["mimecast.internalUserName"] = false,
    ["mimecast.customNameMatch_text"] = "maybe", ["mimecast.itemsDetected"] = 2, ["rule.name"] = "Default" }),

  -------------------------------------------------------------------------------------------- ids, types, what is dropped

  siem("jrnl", "an id without a time, and one that only looks so", [[{"aggregateId":"k_12_"}]], {
    ["email.local_id"] = "k_12_", ["mimecast.aggregateId"] = ABSENT }),
  siem("receipt", "only the time's own digits go", [[{"aggregateId":"a_b_1767254444"}]], {
    ["email.local_id"] = "a_b", ["mimecast.aggregateId"] = "a_b_1767254444" }),
  siem("receipt", "the type as the wire spells it", [[{"Type":"Receipt"}]], {
    ["mimecast.log_type"] = "receipt", ["mimecast.Type"] = ABSENT }),
  siem("receipt", "a type that is another stays", [[{"type":"delivery"}]], {
    ["mimecast.log_type"] = "receipt", ["mimecast.type"] = "delivery" }),
  siem(nil, "a type that only the record tells", [[{"eventType":"Internal Email Protect"}]], {
    ["mimecast.log_type"] = "internal-email-protect", ["mimecast.eventType"] = ABSENT }),
  siem(nil, "the type of a delivery, told by the record", [[{"logtype":"email_delivery","IP":"192.0.2.1"}]], {
    ["mimecast.log_type"] = "delivery", ["destination.ip"] = "192.0.2.1" }),
  siem(nil, "a type that nobody knows", [[{"type":"brand new"}]], {
    ["mimecast.log_type"] = ABSENT, ["mimecast.type"] = "brand new" }),
  siem("spam", "places in a queue are dropped", [[{"_offset":5,"_partition":7,"offset":5}]], {
    ["mimecast._offset"] = ABSENT, ["mimecast._partition"] = ABSENT, ["mimecast.offset"] = 5 }),
}
