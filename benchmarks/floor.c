/* The floor: a bare epoll loop that writes the body of a POST as one ready WebSocket frame to every client.
 *
 * It takes WebSockets without looking at their requests and answers every POST; the WebSocket key is not hashed,
 * because the load generator does not look. With no clients it is the fast loopback server that `send` calls.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS 131072
#define REQUEST 2097152

static const char UPGRADED[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
static const char ACCEPTED[] = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";
/* What Pusher's library wants to read. */
static const char EMPTY_JSON[] =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

static int sockets[CONNECTIONS], place[CONNECTIONS], count; /* place: 1 + where a socket stands; 0: it is plain HTTP */
static char *pending[CONNECTIONS];                          /* what came of a request that is not whole yet */
static size_t pending_size[CONNECTIONS];
static char frame[REQUEST + 10];

static void write_all(int fd, const char *data, size_t size) {
    while (size) {
        ssize_t written = send(fd, data, size, MSG_NOSIGNAL);
        if (written < 0 && errno != EAGAIN) return; /* the client is gone; its socket says so when it is read */
        if (written < 0) poll(&(struct pollfd){fd, POLLOUT, 0}, 1, -1);
        else data += written, size -= written;
    }
}

static void broadcast(const char *body, size_t size) {
    size_t head = size < 126 ? 2 : size < 65536 ? 4 : 10;
    frame[0] = (char)0x81, frame[1] = (char)(head == 2 ? size : head == 4 ? 126 : 127);
    for (size_t i = head; i-- > 2;) frame[i] = (char)(size >> 8 * (head - 1 - i));
    memcpy(frame + head, body, size);
    for (int i = 0; i < count; i++) write_all(sockets[i], frame, head + size);
}

static void drop(int fd) {
    if (place[fd]) {
        sockets[place[fd] - 1] = sockets[--count];
        place[sockets[count]] = place[fd];
    }
    place[fd] = 0, pending_size[fd] = 0;
    free(pending[fd]);
    pending[fd] = NULL;
    close(fd);
}

/* Serve the first request in the data; how many bytes it had, 0 where some are still to come. */
static size_t serve(int fd, char *data, size_t size) {
    char *end = memmem(data, size, "\r\n\r\n", 4);
    if (!end) return 0;
    *end = 0;
    if (!strncmp(data, "GET ", 4)) {
        write_all(fd, UPGRADED, sizeof UPGRADED - 1);
        sockets[count++] = fd, place[fd] = count;
        return size;
    }
    char *length = strcasestr(data, "\r\ncontent-length:");
    size_t body = length ? strtoul(length + 17, NULL, 10) : 0, whole = end + 4 - data + body;
    *end = '\r';
    if (whole > size) return 0;
    int is_pusher = !strncmp(data, "POST /apps/", 11);
    write_all(fd, is_pusher ? EMPTY_JSON : ACCEPTED, is_pusher ? sizeof EMPTY_JSON - 1 : sizeof ACCEPTED - 1);
    broadcast(end + 4, body);
    return whole;
}

static void take(int fd, char *buffer) {
    if (place[fd]) { /* what a client says is read and not looked at */
        if (recv(fd, buffer, REQUEST, 0) <= 0) drop(fd);
        return;
    }
    size_t size = pending_size[fd];
    if (size) memcpy(buffer, pending[fd], size);
    ssize_t more = recv(fd, buffer + size, REQUEST - size, 0);
    if (more <= 0) {
        drop(fd);
        return;
    }
    size += more;
    for (size_t used; size && (used = serve(fd, buffer, size)); size -= used) memmove(buffer, buffer + used, size - used);
    pending_size[fd] = size;
    if (size) memcpy(pending[fd] = realloc(pending[fd], size), buffer, size);
}

int main(void) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), epoll = epoll_create1(0), yes = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[512];
    char *buffer = malloc(REQUEST + 1);
    if (bind(listener, (void *)&address, size) || listen(listener, 4096)) return perror("listen"), 1;
    getsockname(listener, (void *)&address, &size);
    printf("Now listening on: http://127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int some = epoll_wait(epoll, events, 512, -1);
        for (int i = 0; i < some; i++) {
            int fd = events[i].data.fd;
            if (fd != listener) {
                take(fd, buffer);
                continue;
            }
            for (int client; (client = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
                struct epoll_event wanted = {.events = EPOLLIN, .data.fd = client};
                setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
                if (client >= CONNECTIONS) close(client);
                else epoll_ctl(epoll, EPOLL_CTL_ADD, client, &wanted);
            }
        }
    }
}
