/* Compares what a collector wrote with the ground truth. */
#ifndef SIMULATOR_COMPARE_H
#define SIMULATOR_COMPARE_H

/* compare --truth FILE --output PATH... [--before TIME] [--by-marker]; prints JSON; 0 only if nothing is
 * lost, repeated or unexpected. */
int compare_command(int count, char **arguments);

#endif
