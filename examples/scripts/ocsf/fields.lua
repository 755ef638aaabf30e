-- The fields of OCSF 1.6.0 that ocsf_email_activity.lua writes, with their types: what does not fit is not written.
local fields = {
  message_trace_uid = "keyword", from = "email", to = "email[]", protocol_name = "keyword", attempt = "long",
  time = "long", type_uid = "long", class_uid = "long", category_uid = "long", type_name = "keyword", class_name = "keyword",
  category_name = "keyword", status_code = "keyword", status_detail = "keyword", raw_data = "text", unmapped = "any",
  ["activity_id"] = "long", ["activity_name"] = "keyword",
  ["email.uid"] = "keyword", ["email.message_uid"] = "keyword", ["email.subject"] = "keyword", ["email.size"] = "size",
  ["email.from"] = "email", ["email.to"] = "email[]",
  ["email.files"] = "object[]",
  ["email.files.name"] = "keyword", ["email.files.type_id"] = "long", ["email.files.type"] = "keyword",
  ["email.files.ext"] = "extension", ["email.files.mime_type"] = "keyword", ["email.files.size"] = "size",
  ["email.files.hashes"] = "object[]",
  ["email.files.hashes.algorithm_id"] = "long", ["email.files.hashes.algorithm"] = "keyword", ["email.files.hashes.value"] = "hash",
  ["email.urls"] = "object[]",
  ["email.urls.url_string"] = "keyword", ["email.urls.scheme"] = "keyword", ["email.urls.hostname"] = "host",
  ["email.urls.domain"] = "domain", ["email.urls.subdomain"] = "keyword", ["email.urls.port"] = "port",
  ["email.urls.path"] = "keyword", ["email.urls.query_string"] = "keyword",
  ["src_endpoint.ip"] = "ip", ["dst_endpoint.ip"] = "ip", ["dst_endpoint.hostname"] = "host",
  ["observables"] = "object[]",
  ["observables.name"] = "keyword", ["observables.type_id"] = "long", ["observables.type"] = "keyword",
  ["observables.value"] = "keyword",
  ["metadata.version"] = "keyword", ["metadata.product.name"] = "keyword", ["metadata.product.vendor_name"] = "keyword",
  ["metadata.profiles"] = "keyword[]", ["metadata.uid"] = "keyword", ["metadata.log_provider"] = "keyword",
  ["metadata.log_name"] = "keyword", ["metadata.tenant_uid"] = "keyword", ["metadata.logged_time"] = "long",
}
-- Numbers that have their caption beside them.
for _, name in ipairs { "severity", "status", "action", "disposition", "direction" } do
  fields[name .. "_id"], fields[name] = "long", "keyword"
end
return fields
