// What a user would write with simdjson: parse each line and print it again. A yardstick of
// tests/bench/bench, built where the library is there.
#include <cstdio>
#include <cstdlib>
#include <simdjson.h>
#include <string>

int main()
{
    simdjson::dom::parser parser;
    char *line = nullptr;
    size_t capacity = 0;
    for (ssize_t size; (size = getline(&line, &capacity, stdin)) > 0;) {
        simdjson::dom::element event;
        if (parser.parse(line, static_cast<size_t>(size)).get(event)) {
            std::fputs("not JSON\n", stderr);
            continue;
        }
        std::string text = simdjson::to_string(event);
        text += '\n';
        std::fwrite(text.data(), 1, text.size(), stdout);
    }
    std::free(line);
    return 0;
}
