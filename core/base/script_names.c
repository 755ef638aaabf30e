#include "base/script_names.h"

#include "base/text.h"
#include <dirent.h>

void script_names_each(const char *directory, script_name_visitor *visit, void *context)
{
    DIR *stream = directory[0] ? opendir(directory) : NULL;
    struct dirent *entry;
    while (stream && (entry = readdir(stream))) {
        postern_text name = text_of(entry->d_name);
        if (!text_ends_with(name, ".lua") || text_ends_with(name, "_test.lua")) continue;
        name.size -= strlen(".lua");
        visit(context, name);
    }
    if (stream) closedir(stream);
}
