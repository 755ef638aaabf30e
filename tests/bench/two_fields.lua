-- The small script of the benchmark: reads one field and writes two.
return function(event)
  event.outcome = event.Act == "Acc" and "success" or "failure"
  event.Sender = postern.lower(event.Sender)
  return event
end
