// An open-loop client: it asks so many times a second whatever the answers do, as many independent visitors would.
//
// usage: open_loop HOST PORT CONNECTIONS BODY_FILE DEADLINE_MS RATE:SECONDS...
//
// BODY_FILE holds one length-prefixed message. A rate of 0 asks as fast as sixteen calls at once on each connection allow. As
// libraries do, it keeps to SETTINGS_MAX_CONCURRENT_STREAMS, keeps the rest in line, drops what becomes too late there, sends the
// time that is left as grpc-timeout, and resets what is not answered in time. Prints one line of JSON for each tenth of a second.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { RING = 1 << 17, CLOSED_STREAMS = 16, OUT_MAX = 256 * 1024, IN_MAX = 1 << 20 };
enum { FREE, SENT, DATA_CAME, GIVEN_UP };

typedef struct { int64_t due; uint8_t state; } Stream;
typedef struct {
  int fd;
  int64_t *line;            // When calls that wait were due.
  uint32_t line_head, line_tail;
  Stream *streams;          // By half the number.
  uint32_t oldest, next;    // Half the numbers: from the oldest that may be open to the next.
  int open;
  uint32_t streams_max;
  uint8_t *out; size_t out_start, out_count;
  uint8_t *in; size_t in_count;
  int64_t credit;
} Peer;

static struct { long asked, in_time, late, refused, expired, given_up, reset; int64_t waited; } count;
static int64_t deadline_ns;
static uint8_t head_block[1024], body[65536];
static size_t head_bytes, timeout_at, body_bytes;
static int has_deadline;

static int64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void fail(const char *what) { perror(what); exit(1); }

static void put_frame_head(uint8_t *at, size_t length, int type, int flags, uint32_t stream) {
  at[0] = length >> 16; at[1] = length >> 8; at[2] = length; at[3] = type; at[4] = flags;
  at[5] = stream >> 24; at[6] = stream >> 16; at[7] = stream >> 8; at[8] = stream;
}

static uint8_t *room(Peer *peer, size_t bytes) {
  if (peer->out_start + peer->out_count + bytes > OUT_MAX) {
    memmove(peer->out, peer->out + peer->out_start, peer->out_count);
    peer->out_start = 0;
    if (peer->out_count + bytes > OUT_MAX) return NULL;
  }
  uint8_t *at = peer->out + peer->out_start + peer->out_count;
  peer->out_count += bytes;
  return at;
}

static void put(Peer *peer, int type, int flags, uint32_t stream, const void *payload, size_t length) {
  uint8_t *at = room(peer, 9 + length);
  if (!at) { fprintf(stderr, "no room for a frame of control\n"); exit(1); }
  put_frame_head(at, length, type, flags, stream);
  memcpy(at + 9, payload, length);
}

static void add_field(const char *name, const char *value) {
  head_block[head_bytes++] = 0x00;
  head_block[head_bytes++] = strlen(name);
  memcpy(head_block + head_bytes, name, strlen(name)); head_bytes += strlen(name);
  head_block[head_bytes++] = strlen(value);
  memcpy(head_block + head_bytes, value, strlen(value)); head_bytes += strlen(value);
}

static void make_head(void) {
  add_field(":method", "POST"); add_field(":scheme", "http");
  add_field(":path", "/bespoke.v1.DecisionService/Decide"); add_field(":authority", "a");
  add_field("content-type", "application/grpc"); add_field("te", "trailers");
  if (!has_deadline) return;
  add_field("grpc-timeout", "00000000u");
  timeout_at = head_bytes - 9;
}

static void connect_to(Peer *peer, const char *host, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, host, &address.sin_addr);
  peer->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(peer->fd, (struct sockaddr *)&address, sizeof address)) fail("connect");
  int one = 1;
  setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  fcntl(peer->fd, F_SETFL, O_NONBLOCK);
  peer->line = calloc(RING, sizeof *peer->line);
  peer->streams = calloc(RING, sizeof *peer->streams);
  peer->out = malloc(OUT_MAX);
  peer->in = malloc(IN_MAX);
  peer->streams_max = 100;
  memcpy(room(peer, 24), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
  put(peer, 4, 0, 0, "\0\4\x7f\xff\xff\xff", 6);
  put(peer, 8, 0, 0, "\x7f\xff\0\0", 4);
}

static void write_out(Peer *peer) {
  while (peer->out_count > 0) {
    ssize_t sent = write(peer->fd, peer->out + peer->out_start, peer->out_count);
    if (sent < 0) { if (errno == EAGAIN) return; fail("write"); }
    peer->out_start += sent;
    peer->out_count -= sent;
  }
  peer->out_start = 0;
}

static int begin(Peer *peer, int64_t due, int64_t now) {
  uint8_t *at = room(peer, 18 + head_bytes + body_bytes);
  if (!at) return 0;
  uint32_t half = peer->next++, stream = 2 * half + 1;
  put_frame_head(at, head_bytes, 1, 4, stream);
  memcpy(at + 9, head_block, head_bytes);
  if (has_deadline) {
    int64_t left = (due + deadline_ns - now) / 1000;
    for (int digit = 7; digit >= 0; digit--, left /= 10) at[9 + timeout_at + digit] = '0' + left % 10;
  }
  put_frame_head(at + 9 + head_bytes, body_bytes, 0, 1, stream);
  memcpy(at + 18 + head_bytes, body, body_bytes);
  peer->streams[half % RING] = (Stream){due, SENT};
  peer->open++;
  return 1;
}

static void close_stream(Peer *peer, Stream *stream) {
  stream->state = FREE;
  peer->open--;
}

static void answered(Peer *peer, uint32_t number, int is_refusal, int64_t now) {
  Stream *stream = &peer->streams[number / 2 % RING];
  if (stream->state == FREE) return;
  int was_given_up = stream->state == GIVEN_UP;
  int64_t waited = now - stream->due;
  if (is_refusal) { if (!was_given_up) count.refused++; }
  else if (was_given_up || (has_deadline && waited > deadline_ns)) count.late++;
  else { count.in_time++; count.waited += waited; }
  if (was_given_up) stream->state = FREE; else close_stream(peer, stream);
}

static void take_frame(Peer *peer, const uint8_t *frame, size_t length, int64_t now) {
  int type = frame[3], flags = frame[4];
  uint32_t number = ((uint32_t)frame[5] << 24 | frame[6] << 16 | frame[7] << 8 | frame[8]) & 0x7fffffff;
  const uint8_t *payload = frame + 9;
  Stream *stream = &peer->streams[number / 2 % RING];
  if (type == 0) {
    peer->credit += length;
    if (peer->credit > 1 << 29) {
      uint8_t update[4] = {peer->credit >> 24, peer->credit >> 16, peer->credit >> 8, peer->credit};
      put(peer, 8, 0, 0, update, 4);
      peer->credit = 0;
    }
    if (stream->state == SENT) stream->state = DATA_CAME;
    if (stream->state == GIVEN_UP) answered(peer, number, 0, now);
  } else if (type == 1 && flags & 1) {
    answered(peer, number, stream->state != DATA_CAME, now);
  } else if (type == 3 && stream->state != FREE) {
    if (stream->state == GIVEN_UP) stream->state = FREE;
    else { count.reset++; close_stream(peer, stream); }
  } else if (type == 4 && !(flags & 1)) {
    for (size_t at = 0; at + 6 <= length; at += 6)
      if (payload[at] == 0 && payload[at + 1] == 3)
        peer->streams_max = (uint32_t)payload[at + 2] << 24 | payload[at + 3] << 16 | payload[at + 4] << 8 | payload[at + 5];
    put(peer, 4, 1, 0, "", 0);
  } else if (type == 6 && !(flags & 1)) {
    put(peer, 6, 1, 0, payload, 8);
  } else if (type == 7) {
    fprintf(stderr, "GOAWAY: %.*s\n", (int)length - 8, payload + 8);
    exit(2);
  }
}

static void read_in(Peer *peer) {
  for (int round = 0; round < 4; round++) {
    ssize_t got = read(peer->fd, peer->in + peer->in_count, IN_MAX - peer->in_count);
    if (got < 0) { if (errno == EAGAIN) return; fail("read"); }
    if (got == 0) { fprintf(stderr, "the daemon closed a connection\n"); exit(2); }
    peer->in_count += got;
    int64_t now = now_ns();
    size_t at = 0;
    while (at + 9 <= peer->in_count) {
      size_t length = (size_t)peer->in[at] << 16 | peer->in[at + 1] << 8 | peer->in[at + 2];
      if (at + 9 + length > peer->in_count) break;
      take_frame(peer, peer->in + at, length, now);
      at += 9 + length;
    }
    memmove(peer->in, peer->in + at, peer->in_count - at);
    peer->in_count -= at;
  }
}

static void send_what_may_go(Peer *peer, int64_t now) {
  while (peer->line_head != peer->line_tail) {
    int64_t due = peer->line[peer->line_head % RING];
    if (has_deadline && now - due >= deadline_ns) { count.expired++; peer->line_head++; continue; }
    if ((uint32_t)peer->open >= peer->streams_max || peer->out_count > OUT_MAX / 2) break;
    if (!begin(peer, due, now)) break;
    peer->line_head++;
  }
  for (; peer->oldest != peer->next; peer->oldest++) {
    Stream *stream = &peer->streams[peer->oldest % RING];
    if (stream->state == FREE || stream->state == GIVEN_UP) continue;
    if (!has_deadline || now - stream->due < deadline_ns) break;
    if (peer->out_count > OUT_MAX - 4096) break;
    put(peer, 3, 0, 2 * peer->oldest + 1, "\0\0\0\x08", 4);
    stream->state = GIVEN_UP;
    peer->open--;
    count.given_up++;
  }
}

static void tell(int64_t since) {
  printf("{\"at_ms\": %ld, \"asked\": %ld, \"in_time\": %ld, \"late\": %ld, \"refused\": %ld, \"expired\": %ld, "
         "\"given_up\": %ld, \"reset\": %ld, \"mean_ms\": %.3f}\n",
         (long)(since / 1000000), count.asked, count.in_time, count.late, count.refused, count.expired, count.given_up,
         count.reset, count.in_time ? count.waited / 1e6 / count.in_time : 0.0);
  memset(&count, 0, sizeof count);
}

int main(int argc, char **argv) {
  if (argc < 7) return 64;
  int peers_count = atoi(argv[3]);
  FILE *file = fopen(argv[4], "rb");
  if (!file) fail(argv[4]);
  body_bytes = fread(body, 1, sizeof body, file);
  fclose(file);
  has_deadline = atoi(argv[5]) > 0;
  deadline_ns = (int64_t)atoi(argv[5]) * 1000000;
  make_head();
  Peer *peers = calloc(peers_count, sizeof *peers);
  struct pollfd *polled = calloc(peers_count, sizeof *polled);
  for (int i = 0; i < peers_count; i++) connect_to(&peers[i], argv[1], atoi(argv[2]));
  int64_t start = now_ns(), told = start;
  int turn = 0;
  for (int phase = 6; phase < argc; phase++) {
    double rate = atof(argv[phase]), seconds = atof(strchr(argv[phase], ':') + 1);
    int64_t began = now_ns(), end = began + (int64_t)(seconds * 1e9);
    long done = 0;
    for (int64_t now = began; now < end; now = now_ns()) {
      if (rate > 0) {
        long wanted = (long)((now - began) / 1e9 * rate);
        for (; done < wanted; done++, count.asked++) {
          Peer *peer = &peers[turn++ % peers_count];
          if (peer->line_tail - peer->line_head < RING) peer->line[peer->line_tail++ % RING] = began + (int64_t)(done / rate * 1e9);
        }
      }
      for (int i = 0; i < peers_count; i++) {
        Peer *peer = &peers[i];
        while (rate == 0 && peer->open + (int)(peer->line_tail - peer->line_head) < CLOSED_STREAMS) {
          peer->line[peer->line_tail++ % RING] = now;
          count.asked++;
        }
        send_what_may_go(peer, now);
        write_out(peer);
        polled[i] = (struct pollfd){peer->fd, POLLIN | (peer->out_count ? POLLOUT : 0), 0};
      }
      if (poll(polled, peers_count, 1) < 0) fail("poll");
      for (int i = 0; i < peers_count; i++) if (polled[i].revents & (POLLIN | POLLHUP | POLLERR)) read_in(&peers[i]);
      if (now - told >= 100000000) { tell(now - start); told = now; }
    }
  }
  tell(now_ns() - start);
  return 0;
}
