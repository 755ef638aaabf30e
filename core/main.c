/* postern: see commands/ for what it can do, and the README for the road of an event. */
#include "commands/command.h"

int main(int argc, char **argv)
{
    return commands_main(argc, argv);
}
