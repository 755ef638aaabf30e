-- What the packaged mapping can do besides. To turn something on, no packaged file is copied: write these two beside the
-- configuration and name the first, transform = { "mail" } (README.md here says more):
--
--   mail.lua:         return postern.script "ecs"
--   ecs/options.lua:  return { data_stream = true }

return {
  data_stream = false, -- data_stream.type, .dataset and .namespace, for who writes to data streams of Elasticsearch
  namespace = nil,     -- data_stream.namespace: a text for all; nil = the name of the account
  original = false,    -- event.original: the event as Mimecast sent it; about doubles the output
}
