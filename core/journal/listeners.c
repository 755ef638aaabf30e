#include "journal/listeners.h"

void listeners_start(struct listeners *listeners)
{
    *listeners = (struct listeners){0};
    pthread_mutex_init(&listeners->lock, NULL);
}

void listeners_stop(struct listeners *listeners)
{
    pthread_mutex_destroy(&listeners->lock);
}

void listeners_add(struct listeners *listeners, struct journal_listener *listener)
{
    pthread_mutex_lock(&listeners->lock);
    listener->next = listeners->first;
    listeners->first = listener;
    pthread_mutex_unlock(&listeners->lock);
}

void listeners_remove(struct listeners *listeners, struct journal_listener *listener)
{
    pthread_mutex_lock(&listeners->lock);
    struct journal_listener **place = &listeners->first;
    while (*place && *place != listener)
        place = &(*place)->next;
    if (*place) *place = listener->next;
    pthread_mutex_unlock(&listeners->lock);
}

void listeners_wake(struct listeners *listeners)
{
    pthread_mutex_lock(&listeners->lock);
    for (struct journal_listener *listener = listeners->first; listener; listener = listener->next)
        listener->wake(listener->context);
    pthread_mutex_unlock(&listeners->lock);
}
