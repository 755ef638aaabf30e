/* A cluster of Kafka as librdkafka mocks it, in a process of its own. The first line on stdout names the
 * brokers; then each line on stdin is a command, answered with "ok":
 *     topic NAME PARTITIONS      make it
 *     down BROKER, up BROKER     brokers are 1, 2 and 3
 *     error API CODE COUNT       the next COUNT requests of that kind fail; 0 is Produce
 *     stall BROKER COUNT MS      its next COUNT answers to Produce come so late
 *     refuse TOPIC CODE          whoever asks for the topic is told so; 0 = no more
 *     forget                     what is left of failures of Produce
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BROKERS 3

static int obey(rd_kafka_mock_cluster_t *cluster, const char *command)
{
    char topic[256];
    int a, b, c;
    if (strcmp(command, "forget\n") == 0) {
        rd_kafka_mock_clear_request_errors(cluster, 0);
        return 1;
    }
    if (sscanf(command, "topic %255s %d", topic, &a) == 2)
        return rd_kafka_mock_topic_create(cluster, topic, a, BROKERS) == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (sscanf(command, "down %d", &a) == 1)
        return rd_kafka_mock_broker_set_down(cluster, a) == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (sscanf(command, "up %d", &a) == 1)
        return rd_kafka_mock_broker_set_up(cluster, a) == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (sscanf(command, "stall %d %d %d", &a, &b, &c) == 3) {
        while (b-- > 0)
            if (rd_kafka_mock_broker_push_request_error_rtts(cluster, a, 0, 1, RD_KAFKA_RESP_ERR_NO_ERROR,
                                                             c) != RD_KAFKA_RESP_ERR_NO_ERROR)
                return 0;
        return 1;
    }
    if (sscanf(command, "refuse %255s %d", topic, &a) == 2) {
        rd_kafka_mock_topic_set_error(cluster, topic, (rd_kafka_resp_err_t)a);
        return 1;
    }
    if (sscanf(command, "error %d %d %d", &a, &b, &c) == 3) {
        rd_kafka_resp_err_t *codes = calloc((size_t)c, sizeof *codes);
        for (int i = 0; codes && i < c; i++)
            codes[i] = (rd_kafka_resp_err_t)b;
        rd_kafka_mock_push_request_errors_array(cluster, (int16_t)a, (size_t)c, codes);
        free(codes);
        return 1;
    }
    return 0;
}

int main(void)
{
    char words[512], command[512];
    rd_kafka_t *handle = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), words, sizeof words);
    rd_kafka_mock_cluster_t *cluster = handle ? rd_kafka_mock_cluster_new(handle, BROKERS) : NULL;
    if (!cluster) return 1;
    printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
    fflush(stdout);
    while (fgets(command, sizeof command, stdin)) {
        printf("%s\n", obey(cluster, command) ? "ok" : "what?");
        fflush(stdout);
    }
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(handle);
    return 0;
}
