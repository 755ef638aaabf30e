/* Indexer acknowledgement: what was taken has a number, and is safe once the collector says so of the number.
 * The numbers belong to a channel, and the channel to one indexer: cookies keep a load balancer at it. */
#ifndef HTTP_SPLUNK_ACK_H
#define HTTP_SPLUNK_ACK_H

#include "../http_sink.h"

postern_status splunk_ack_configure(struct http_instance *sink, postern_error *error);
void splunk_ack_headers(const struct sender *sender, struct headers *headers);
void splunk_ack_keep_cookies(struct http_instance *sink, const postern_http_response *response);
/* The request was taken: it is done, or its number is waited for. */
enum outcome splunk_ack_expect(struct writing *writing, struct judged_answer *answer);
/* Asks until all is told or the time is over. */
postern_status splunk_ack_confirm(struct writing *writing);

#endif
