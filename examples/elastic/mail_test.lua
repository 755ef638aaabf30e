-- Tests of mail.lua: `postern test`.

return {
  { name = "a document says which data stream it belongs to",
    ctx = { source = "dlp", stream = "dlp", account = "acme-north_2", received = 1767225900000 },
    input = [[{"eventTime":"2026-01-01T01:02:03+0000","senderAddress":"ada@corp.example"}]],
    matches = { ["data_stream.type"] = "logs", ["data_stream.dataset"] = "mimecast.dlp_logs",
      ["data_stream.namespace"] = "acme_north_2", ["event.dataset"] = "mimecast.dlp_logs",
      ["organization.name"] = "acme-north_2", ["event.original"] = postern.null } },
  { name = "of no account, too",
    ctx = { source = "siem", stream = "siem", account = "", received = 1767225900000 }, input = [[{"acc":"C0A0"}]],
    matches = { ["data_stream.dataset"] = "mimecast.siem_logs", ["data_stream.namespace"] = "default" } },
}
