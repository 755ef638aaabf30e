-- Mimecast events as the Elastic Common Schema (ECS) 8: the packaged mapping.
--
-- Each source has one map, a file in ecs/; ecs/common.lua holds what all of them share. What no entry takes stays under
-- `mimecast.` with its own name, values of an unexpected shape too. To change something, copy this file and the one that
-- you change beside your configuration (dlp: ecs.lua and ecs/dlp.lua) and edit them there; to add something, name a
-- script of your own behind it: transform = { "ecs", "mine" }. The tests lie beside the maps: `postern test`.

local SOURCES = {
  siem = postern.script "ecs/siem",
  audit = postern.script "ecs/audit",
  ["ttp-url"] = postern.script "ecs/ttp_url",
  ["ttp-attachment"] = postern.script "ecs/ttp_attachment",
  ["ttp-impersonation"] = postern.script "ecs/ttp_impersonation",
  dlp = postern.script "ecs/dlp",
}
local other = postern.script "ecs/other"

-- A file given to `postern map` says nothing about its source: the fields do.
local function source_by_fields(event)
  if event.datetime or event.aCode or event.acc then return SOURCES.siem end
  if event.auditType then return SOURCES.audit end
  if event.impersonationResults or event.identifiers then return SOURCES["ttp-impersonation"] end
  if event.actionTriggered or event.fileHash then return SOURCES["ttp-attachment"] end
  if event.scanResult or event.ttpDefinition then return SOURCES["ttp-url"] end
  if event.policy and event.senderAddress then return SOURCES.dlp end
  return other
end

return function(event, ctx)
  local source = ctx.source
  local apply = SOURCES[source] or (source == nil or source == "") and source_by_fields(event) or other
  return apply(event)
end
