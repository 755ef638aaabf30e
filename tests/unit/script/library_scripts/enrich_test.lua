return {
  { name = "finds and encodes", input = [[{"domain":"corp.example","ip":"10.0.0.1","detail":{"z":1.50,"a":[null]}}]],
    expect = [[{"domain":"corp.example","ip":"10.0.0.1","detail":{"z":1.50,"a":[null]},"team":"red","again":"red",
      "host":{"owner":"Ada","floors":[1,2]},"internal":true,"encoded":"{\"z\":1.50,\"a\":[null]}",
      "built":"{\"a\":[\"x\",null],\"b\":1.0,\"c\":[]}"}]] },
  { name = "nothing found", input = [[{"domain":"other.example","ip":"x"}]],
    expect = [[{"domain":"other.example","ip":"x","internal":false,"built":"{\"a\":[\"x\",null],\"b\":1.0,\"c\":[]}"}]] },
  { name = "a file that was not read at load", input = [[{"name":"other.csv"}]],
    fails = "was not read when the script was loaded" },
  { name = "a file outside", input = [[{"name":"../library_test.c"}]], fails = "is refused" },
}
