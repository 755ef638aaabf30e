#include "commands/output.h"
#include "base/files.h"
#include "base/show.h"
#include <errno.h>
#include <unistd.h>

int output_data(postern_text data)
{
    fflush(stdout);
    if (!isatty(STDOUT_FILENO)) return file_write_all(STDOUT_FILENO, data.data, data.size);
    show_lines(stdout, 0, data);
    return fflush(stdout) == 0 ? 0 : errno;
}
