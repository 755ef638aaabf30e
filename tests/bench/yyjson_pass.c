/* What a user would write with yyjson: parse each line and print it again. A yardstick of tests/bench/bench,
 * built where the library is there. */
#include <stdio.h>
#include <stdlib.h>
#include <yyjson.h>

int main(void)
{
    char *line = NULL;
    size_t capacity = 0;
    for (ssize_t size; (size = getline(&line, &capacity, stdin)) > 0;) {
        yyjson_doc *event = yyjson_read(line, (size_t)size, YYJSON_READ_NOFLAG);
        char *text = event ? yyjson_write(event, YYJSON_WRITE_NOFLAG, NULL) : NULL;
        if (text)
            puts(text);
        else
            fprintf(stderr, "not JSON\n");
        free(text);
        yyjson_doc_free(event);
    }
    free(line);
    return 0;
}
