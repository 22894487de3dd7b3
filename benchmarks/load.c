/* The load generator: opens WebSockets, triggers broadcasts over HTTP and counts what arrives, on one thread.
 *
 * load PORT, then commands on stdin, each answered by one line on stdout; sizes are in bytes, times in seconds:
 *   open COUNT IN_FLIGHT HEAD HELLO READY   + the HTTP request and the bytes to send after it; a client is ready once
 *                                             READY frames came   -> opened SECONDS CPU
 *   trigger SIZE PORT                       + the HTTP request that makes the server broadcast   -> trigger
 *   rounds ROUNDS BURST LEAST PATIENCE      BURST requests at once, ROUNDS times; every client must get one frame of
 *                                             LEAST bytes or more for each   -> rounds SECONDS CPU LATENCY...
 *   idle SECONDS EVERY SIZE                 + a frame that every client sends EVERY seconds   -> idle CPU FRAMES
 *   close COUNT                             the clients opened last   -> closed SECONDS
 * What goes wrong ends the program with "error ..." as its last line. Between commands the clients go on answering
 * pings, as servers drop those that do not.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS 100000
#define TRIGGERS 64
#define PER_ADDRESS 4000 /* more of them make the kernel look long for a free port */
#define BUFFER 262144
#define NAP 100 /* microseconds */
#define COMMAND 0xFFFFFFFFu

enum { CONNECTING, HEAD, FRAMES };

typedef struct {
    int fd, state, matched, frames, due;
    int head_size, skips, saved;
    unsigned char head[14], opcode, payload[125];
    unsigned long long left, size;
} Client;

static Client clients[CLIENTS];
static int count, epoll, ready_after, ready, busy;
static int triggers[TRIGGERS], waiting[TRIGGERS], has_command;
static char *request, *hello, *trigger, buffer[BUFFER];
static size_t request_size, hello_size, trigger_size;
static unsigned long long least, delivered, received, expected_each;
static struct sockaddr_in server, caller; /* whose clients these are, and who takes the trigger's request */

static void fail(const char *text, ...) {
    va_list arguments;
    va_start(arguments, text);
    printf("error ");
    vprintf(text, arguments);
    printf("\n");
    fflush(stdout);
    exit(1);
}

static double read_clock(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static double now(void) { return read_clock(CLOCK_MONOTONIC); }
static double cpu(void) { return read_clock(CLOCK_PROCESS_CPUTIME_ID); }

static void answer(const char *text, ...) {
    va_list arguments;
    va_start(arguments, text);
    vprintf(text, arguments);
    printf("\n");
    fflush(stdout);
}

static void write_all(int fd, const char *data, size_t size) {
    while (size) {
        ssize_t written = send(fd, data, size, MSG_NOSIGNAL);
        if (written < 0 && errno != EAGAIN) fail("a write failed: %s", strerror(errno));
        if (written > 0) data += written, size -= written;
    }
}

static char *read_bytes(size_t size) {
    char *bytes = malloc(size + 1);
    if (fread(bytes, 1, size, stdin) != size) fail("stdin ended");
    bytes[size] = 0;
    return bytes;
}

static void connect_one(void) {
    Client *client = &clients[count];
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + count / PER_ADDRESS)};
    struct epoll_event event = {.events = EPOLLOUT, .data.u32 = count};
    int yes = 1;
    memset(client, 0, sizeof *client);
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (client->fd < 0) fail("no socket for client %d: %s", count, strerror(errno));
    setsockopt(client->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (bind(client->fd, (void *)&from, sizeof from)) fail("client %d cannot bind: %s", count, strerror(errno));
    if (connect(client->fd, (void *)&server, sizeof server) && errno != EINPROGRESS)
        fail("client %d cannot connect: %s", count, strerror(errno));
    epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event);
    count++;
}

static void send_frame(Client *client, unsigned char opcode, const unsigned char *payload, int size) {
    char frame[131] = {(char)(0x80 | opcode), (char)(0x80 | size), 0, 0, 0, 0}; /* the mask is 0 */
    memcpy(frame + 6, payload, size);
    write_all(client->fd, frame, size + 6);
}

static void count_frame(Client *client) {
    if (client->opcode == 9) send_frame(client, 10, client->payload, client->saved);
    if (client->opcode == 1 && client->size == 1 && client->payload[0] == '2')
        send_frame(client, 1, (const unsigned char *)"3", 1); /* the heartbeat of Engine.IO */
    if (client->opcode == 8) fail("the server closed client %d", (int)(client - clients));
    received++;
    client->frames++;
    if (client->frames == ready_after && client->state == FRAMES) ready++, busy--;
    if (client->opcode <= 2 && least && client->size >= least) {
        delivered++;
        if (++client->due > (int)expected_each) fail("client %d got a message twice", (int)(client - clients));
    }
}

static size_t head_bytes(const Client *client) {
    if (client->head_size < 2) return 2;
    return client->head[1] == 127 ? 10 : client->head[1] == 126 ? 4 : 2;
}

static void take_frames(Client *client, const char *data, size_t size) {
    while (size) {
        if (!client->skips) {
            client->head[client->head_size++] = *data++, size--;
            if (client->head_size < (int)head_bytes(client)) continue;
            client->opcode = client->head[0] & 15;
            client->size = client->head[1] & 127;
            if (client->size > 125) {
                client->size = 0;
                for (int i = 2; i < client->head_size; i++) client->size = client->size << 8 | client->head[i];
            }
            client->left = client->size, client->head_size = 0, client->saved = 0, client->skips = 1;
        }
        size_t part = client->left < size ? client->left : size;
        for (size_t i = 0; i < part && client->saved < 125 && client->size <= 125; i++)
            client->payload[client->saved++] = data[i];
        data += part, size -= part, client->left -= part;
        if (!client->left) client->skips = 0, count_frame(client);
    }
}

static void take_head(Client *client, const char *data, size_t size) {
    if (!client->matched && size >= 12 && strncmp(data, "HTTP/1.1 101", 12))
        fail("client %d was refused: %.*s", (int)(client - clients), (int)strcspn(data, "\r\n"), data);
    for (size_t i = 0; i < size; i++) {
        client->matched = data[i] == "\r\n\r\n"[client->matched] ? client->matched + 1 : data[i] == '\r';
        if (client->matched < 4) continue;
        client->state = FRAMES;
        if (hello_size) write_all(client->fd, hello, hello_size);
        if (!ready_after) ready++, busy--;
        take_frames(client, data + i + 1, size - i - 1);
        return;
    }
}

static void take_answer(int number) {
    ssize_t size = recv(triggers[number], buffer, BUFFER - 1, 0);
    if (size <= 0 && waiting[number]) fail("the server closed the connection of the request");
    if (size <= 0) { /* it was idle for too long: the next request opens another */
        close(triggers[number]), triggers[number] = 0;
        return;
    }
    buffer[size] = 0;
    if (strncmp(buffer, "HTTP/1.1 2", 10)) fail("the request was refused: %.*s", (int)strcspn(buffer, "\r\n"), buffer);
    waiting[number] = 0; /* the answers are so short that each comes in one piece */
}

/* Take what came within so many milliseconds, or without end where they are -1. */
static int take_events(int milliseconds) {
    struct epoll_event events[1024];
    int some = epoll_wait(epoll, events, 1024, milliseconds);
    for (int i = 0; i < some; i++) {
        unsigned number = events[i].data.u32;
        if (number == COMMAND) {
            has_command = 1;
            continue;
        }
        if (number >= CLIENTS) {
            take_answer(number - CLIENTS);
            continue;
        }
        Client *client = &clients[number];
        if (client->state == CONNECTING) {
            struct epoll_event event = {.events = EPOLLIN, .data.u32 = number};
            client->state = HEAD;
            write_all(client->fd, request, request_size);
            epoll_ctl(epoll, EPOLL_CTL_MOD, client->fd, &event);
            continue;
        }
        ssize_t size = recv(client->fd, buffer, BUFFER - 1, 0);
        if (size <= 0) fail("client %u was dropped: %s", number, size ? strerror(errno) : "end of stream");
        buffer[size] = 0;
        client->state == HEAD ? take_head(client, buffer, size) : take_frames(client, buffer, size);
    }
    return some;
}

/* Look for what came, and nap where nothing did. A generator that waits in epoll_wait would have to be woken by the
 * server's send for almost every message, which costs the server more than the send itself; clients on other machines
 * are not woken by the server's core either. */
static void serve(int nap_microseconds) {
    if (!take_events(0)) usleep(nap_microseconds);
}

/* The next line of stdin; what follows a command is read with it, so that there is nothing left in between. */
static char *next_command(char *line, int size) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = COMMAND};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event)) fail("stdin is no pipe: %s", strerror(errno));
    for (has_command = 0; !has_command;) take_events(-1);
    epoll_ctl(epoll, EPOLL_CTL_DEL, STDIN_FILENO, &event);
    return fgets(line, size, stdin);
}

static void open_clients(int more, int in_flight) {
    double started = now(), used = cpu(), deadline = started + 120;
    int wanted = ready + more;
    while (ready < wanted) {
        while (busy < in_flight && count < wanted) connect_one(), busy++;
        serve(NAP);
        if (now() > deadline) fail("%d of %d clients are ready after 120 s", ready, wanted);
    }
    answer("opened %.6f %.6f", now() - started, cpu() - used);
}

static void send_trigger(int number) {
    if (!triggers[number]) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = CLIENTS + number};
        triggers[number] = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(triggers[number], (void *)&caller, sizeof caller)) fail("no connection: %s", strerror(errno));
        epoll_ctl(epoll, EPOLL_CTL_ADD, triggers[number], &event);
    }
    waiting[number] = 1;
    write_all(triggers[number], trigger, trigger_size);
}

/* A new request begins on new connections: servers close those that were idle for some seconds. */
static void close_triggers(void) {
    for (int i = 0; i < TRIGGERS; i++) {
        if (triggers[i]) close(triggers[i]);
        triggers[i] = 0;
    }
}

static int unanswered(int burst) {
    int sum = 0;
    for (int i = 0; i < burst; i++) sum += waiting[i];
    return sum;
}

static double one_round(int burst, double patience) {
    unsigned long long wanted = (unsigned long long)count * burst;
    double started, last = 0, deadline = now() + patience;
    delivered = 0, expected_each = burst;
    for (int i = 0; i < count; i++) clients[i].due = 0;
    started = now();
    for (int i = 0; i < burst; i++) send_trigger(i);
    while (delivered < wanted || unanswered(burst)) {
        serve(NAP);
        if (delivered == wanted && !last) last = now();
        if (now() > deadline) fail("%llu of %llu messages arrived within %g s", delivered, wanted, patience);
    }
    return (last ? last : now()) - started;
}

static void run_rounds(int rounds, int burst, double patience) {
    double *latency = malloc(rounds * sizeof *latency), started = now(), used = cpu();
    for (int i = 0; i < rounds; i++) latency[i] = one_round(burst, patience);
    printf("rounds %.6f %.6f", now() - started, cpu() - used);
    for (int i = 0; i < rounds; i++) printf(" %.6f", latency[i]);
    answer("");
    free(latency);
}

static void idle(double seconds, double every, const char *ping, int size) {
    double started = now(), used = cpu();
    unsigned long long before = received, sent = 0;
    while (now() < started + seconds) {
        serve(10 * NAP);
        for (double due = every > 0 ? (now() - started) * count / every : 0; size && sent < due; sent++)
            write_all(clients[sent % count].fd, ping, size);
    }
    answer("idle %.6f %llu", cpu() - used, received - before);
}

static void close_clients(int some) {
    double started = now();
    for (; some-- && count; ready--) {
        struct linger reset = {1, 0}; /* no TIME_WAIT, so that a next run finds free ports */
        setsockopt(clients[--count].fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(clients[count].fd);
    }
    answer("closed %.6f", now() - started);
}

int main(int arguments, char **argument) {
    char command[16];
    double a, b, c, d, e;
    if (arguments != 2) fail("usage: load PORT");
    server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(atoi(argument[1]))};
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    epoll = epoll_create1(0);
    for (char line[200]; next_command(line, sizeof line);) {
        int given = sscanf(line, "%15s %lf %lf %lf %lf %lf", command, &a, &b, &c, &d, &e);
        if (!strcmp(command, "open") && given == 6) {
            request = read_bytes(request_size = c), hello = read_bytes(hello_size = d), ready_after = e;
            open_clients(a, b);
        } else if (!strcmp(command, "trigger") && given == 3) {
            trigger = read_bytes(trigger_size = a), caller = server, caller.sin_port = htons(b);
            close_triggers(), answer("trigger");
        } else if (!strcmp(command, "rounds") && given == 5) least = c, run_rounds(a, b, d), least = 0;
        else if (!strcmp(command, "idle") && given == 4) idle(a, b, read_bytes(c), c);
        else if (!strcmp(command, "close") && given == 2) close_clients(a);
        else fail("unknown command: %s", line);
    }
    return 0;
}
