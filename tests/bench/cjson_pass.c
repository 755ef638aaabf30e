/* What a user would write with cJSON: parse each line and print it again. The yardstick of tests/bench/bench.
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    char *line = NULL;
    size_t capacity = 0;
    for (ssize_t size; (size = getline(&line, &capacity, stdin)) > 0;) {
        cJSON *event = cJSON_ParseWithLength(line, (size_t)size);
        char *text = event ? cJSON_PrintUnformatted(event) : NULL;
        if (text)
            puts(text);
        else
            fprintf(stderr, "not JSON\n");
        free(text);
        cJSON_Delete(event);
    }
    free(line);
    return 0;
}
