-- threat-intel: what Mimecast knows of harmful files, as STIX objects. An indicator is mapped; the others (malware, relationship,
-- observed-data) are kept as they are, as information about malware, since ECS has indicators only.

local map = postern.map
local field, list, when, meta, const = map.field, map.list, map.when, map.meta, map.const
local common = postern.script "ecs/common"

-- The streams are what Mimecast gives to one customer, and what it gives to all of a region.
local dataset = meta("stream"):enum({
  ["threat-intel-malware-customer"] = "threat_intel_malware_customer",
  ["threat-intel-malware-grid"] = "threat_intel_malware_grid",
}, "threat_intel")

local is_indicator = field("type"):lower():equals "indicator"

-- The pattern: [file:hashes.'SHA-256' = 'abc' OR file:hashes.MD5 = 'def']
local pattern = field("pattern"):copy()
local TYPES = {}
for name in ([[artifact autonomous-system directory domain-name email-addr file ipv4-addr ipv6-addr mac-addr mutex process software
    url user-account windows-registry-key x509-certificate]]):gmatch "%S+" do
  TYPES[name] = name
end
local sha256 = pattern:match "[Ss][Hh][Aa]%-?256['\"]?%s*=%s*['\"](%x+)":hash "sha256"
local sha1 = pattern:match "[Ss][Hh][Aa]%-?1['\"]?%s*=%s*['\"](%x+)":hash "sha1"
local md5 = pattern:match "[Mm][Dd]5['\"]?%s*=%s*['\"](%x+)":hash "md5"

return map {
  schema = postern.script "ecs/fields",
  common.document(dataset, field "created", common.rest_with "objects", field("labels"):trim()),
  { "event.kind", "enrichment" },
  { "event.category", when(is_indicator, const { "threat" }, const { "malware" }) },
  { "event.type", when(is_indicator, const { "indicator" }, const { "info" }) },
  { "event.id", meta "id" }, -- an object comes again under its own id when it was corrected
  { "event.created", meta("received"):time() },
  { "threat.indicator.type", pattern:match "^%s*%[?%s*([%w-]+):":lower():enum(TYPES) },
  { "threat.indicator.first_seen", when(is_indicator, field("valid_from"):time()) },
  { "threat.indicator.modified_at", when(is_indicator, field("modified"):time()) },
  { "threat.indicator.provider", when(is_indicator, field("description"):copy():match "[Ss]ource:%s*(.-)%s*$") },
  { "threat.indicator.file.hash.sha256", sha256 },
  { "threat.indicator.file.hash.sha1", sha1 },
  { "threat.indicator.file.hash.md5", md5 },
  { "related.hash", list(sha256, sha1, md5) },
}
