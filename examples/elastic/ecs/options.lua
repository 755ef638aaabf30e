-- Where documents go is told by the documents themselves: what Logstash's output to data streams reads.
return { data_stream = true }
