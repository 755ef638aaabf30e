-- Hashes of a long text.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  local s = ("x"):rep(10000000)
  while true do
    postern.hash.sha256(s) postern.hash.md5(s) postern.hash.sha1(s) postern.hash.hmac("key", s)
    postern.base64.decode(postern.base64.encode("x")) postern.hex.encode(s)
  end
end
