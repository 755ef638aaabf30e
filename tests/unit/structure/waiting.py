#!/usr/bin/env python3
"""Waits go by a clock that nobody can set: the one wait with an end is real_wait (base/real_time.h), and the wall clock is read
in base/clock.c alone, which is where a test replaces it."""
import re

import guard

# What sleeps until a time of the wall clock (or may, by its arguments), whatever is done with it.
SLEEPING = re.compile(r"\b(pthread_(?:cond|mutex|rwlock|spin)_(?:timed|clock)\w+|sem_(?:timed|clock)wait|(?:cnd|mtx|thrd)_(?:timed\w+|sleep)"
                      r"|mq_timed\w+|timer_settime|timerfd_settime|clock_nanosleep|setitimer|TIMER_ABSTIME)\b")
READING = re.compile(r"(?<![\w.>])(time|gettimeofday|timespec_get|ftime)\s*\(|\b(CLOCK_REALTIME\w*|CLOCK_TAI)\b")
MAY_SLEEP = {
    "core/base/real_time.c": {"pthread_cond_clockwait"},
    "tests/e2e/stepped_clock.c": {"pthread_cond_clockwait", "pthread_cond_timedwait"},  # in whose place it stands
}
MAY_READ = {"core/base/clock.c": {"CLOCK_REALTIME"}}


def look(root, folders, pattern, may, complaint):
    looked_at, faults = 0, []
    for file in guard.files(root, folders):
        name, code = guard.name_of(file, root), guard.without_comments(guard.read(file))
        looked_at += 1
        for match in pattern.finditer(code):
            word = next(filter(None, match.groups()))
            if word not in may.get(name, ()):
                faults.append(f"{name}:{code.count(chr(10), 0, match.start()) + 1} {complaint.format(word)}")
    faults += [f"the exception for {name} is about nothing" for name in may if looked_at and not (root / name).is_file()]
    return looked_at, faults


def check(root, _build):
    looked_at, faults = look(root, guard.WITH_TESTS, SLEEPING, MAY_SLEEP, "waits by {}: use real_wait of base/real_time.h")
    faults += look(root, guard.CODE, READING, MAY_READ, "reads the wall clock by {}: use base/clock.h")[1]
    return looked_at, faults


PLANTS = [
    guard.plant("core/journal/late.c", "void f(void) { pthread_cond_timedwait(&a, &b, &c); }\n", "late.c:1 waits by pthread_cond_timedwait"),
    guard.plant("core/http/late.c", "void f(void) { pthread_cond_clockwait(&a, &b, CLOCK_MONOTONIC, &c); }\n",
                "late.c:1 waits by pthread_cond_clockwait"),
    guard.plant("modules/file/late.c", "void f(void)\n{\n    sem_timedwait(&a, &b);\n}\n", "late.c:3 waits by sem_timedwait"),
    guard.plant("modules/stdout/late.c", "void f(void) { cnd_timedwait(&a, &b, &c); }\n", "late.c:1 waits by cnd_timedwait"),
    guard.plant("tests/unit/base/late.c", "void f(void) { pthread_mutex_timedlock(&a, &b); }\n", "waits by pthread_mutex_timedlock"),
    guard.plant("core/deliver/late.c", "void f(void) { clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &a, NULL); }\n",
                "late.c:1 waits by clock_nanosleep"),
    guard.plant("core/report/late.c", "long f(void) { return time(NULL); }\n", "late.c:1 reads the wall clock by time"),
    guard.plant("modules/file/late.c", "void f(void) { clock_gettime(CLOCK_REALTIME, &a); }\n", "reads the wall clock by CLOCK_REALTIME"),
    guard.plant_behind("core/base/real_time.c", "void f(void) { pthread_cond_timedwait(&a, &b, &c); }\n",
                       "waits by pthread_cond_timedwait"),
]

if __name__ == "__main__":
    guard.main(check, PLANTS)
