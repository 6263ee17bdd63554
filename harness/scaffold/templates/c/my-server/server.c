// my-server: one thread per connection, in plain C. It conforms as it is; CHANGE marks what is
// yours.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_MAX = 8192, DESCRIPTORS_MAX = 65536, STOP_MS = 2000 };

// ---- counters: what this server cannot count it leaves out --------------------------------------

static atomic_long requests, accepts, connections_open, bytes_read, bytes_written;

static long long us(struct timeval t) { return t.tv_sec * 1000000LL + t.tv_usec; }

static void print_stats(bool final) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  struct timespec now;
  struct rusage usage;
  pthread_mutex_lock(&lock);
  clock_gettime(CLOCK_MONOTONIC, &now);
  getrusage(RUSAGE_SELF, &usage);
  printf("{\"event\":\"stats\",%s\"monotonic_ns\":%lld,\"user_cpu_us\":%lld,\"system_cpu_us\":%lld,"
         "\"voluntary_switches\":%ld,\"involuntary_switches\":%ld,\"requests\":%ld,\"accepts\":%ld,"
         "\"connections_open\":%ld,\"bytes_read\":%ld,\"bytes_written\":%ld}\n",
         final ? "\"final\":true," : "", now.tv_sec * 1000000000LL + now.tv_nsec, us(usage.ru_utime),
         us(usage.ru_stime), usage.ru_nvcsw, usage.ru_nivcsw, requests, accepts, connections_open,
         bytes_read, bytes_written);
  fflush(stdout);
  pthread_mutex_unlock(&lock);
}

// ---- http: enough of it for GET / ---------------------------------------------------------------

// CHANGE: what a request is worth.
static const char *body_of(const char *target) {
  return strcmp(target, "/") == 0 ? "I am server!" : NULL;
}

// The status of a whole head that ends in an empty line; 200 leaves its target in `target`.
static int judge(char *head, char *target, bool *close_after) {
  int hosts = 0, minor = 0, used = 0;
  char method[17];
  char *line = strtok_r(head, "\n", &head);
  if (sscanf(line, "%16[A-Z] %8191[!-~] HTTP/1.%1d\r%n", method, target, &minor, &used) != 3) return 400;
  if (line[used] != '\0' || line[used - 1] != '\r' || minor > 1) return 400;
  *close_after = minor == 0;
  while ((line = strtok_r(NULL, "\n", &head)) != NULL && strcmp(line, "\r") != 0) {
    char *colon = strchr(line, ':'), *end = strchr(line, '\r');
    if (colon == NULL || colon == line || end == NULL || end[1] != '\0') return 400;
    for (char *at = line; at < end; at++) {
      if ((unsigned char)*at < ' ' && *at != '\t') return 400;
    }
    if (strncasecmp(line, "Host:", 5) == 0) hosts++;
    if (strncasecmp(line, "Transfer-Encoding:", 18) == 0) return 501;
    if (strncasecmp(line, "Content-Length:", 15) == 0) return 400;
    if (strncasecmp(line, "Connection:", 11) == 0 && strcasestr(line, "close")) *close_after = true;
  }
  if (hosts != 1 && !(minor == 0 && hosts == 0)) return 400;
  return strcmp(method, "GET") == 0 ? 200 : 405;
}

static bool send_all(int fd, const char *data, size_t size) {
  while (size > 0) {
    ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes_written += sent;
    data += sent;
    size -= sent;
  }
  return true;
}

// Answers one head; false when the connection is to end.
static bool answer(int fd, char *head, size_t size) {
  char target[HEAD_MAX] = "", text[HEAD_MAX];
  bool close_after = false;
  int status = memchr(head, '\0', size) != NULL ? 400 : judge(head, target, &close_after);
  const char *body = status == 200 ? body_of(target) : "";
  if (body == NULL) {
    status = 404;
    body = "";
  }
  if (status != 200 && status != 404) close_after = true;
  int length = snprintf(text, sizeof text,
                        "HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n%s\r\n%s",
                        status, status == 200 ? "OK" : "Refused", strlen(body),
                        close_after ? "Connection: close\r\n" : "", body);
  requests++;
  return send_all(fd, text, length) && !close_after;
}

// CHANGE: how a connection waits. Here each has a thread, which sleeps in recv.
static void serve(int fd) {
  char buffer[HEAD_MAX + 1];
  size_t size = 0;
  for (;;) {
    ssize_t got = recv(fd, buffer + size, HEAD_MAX - size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    bytes_read += got;
    size += got;
    char *end;
    while ((end = memmem(buffer, size, "\r\n\r\n", 4)) != NULL) {
      size_t used = end + 4 - buffer;
      char after = buffer[used];
      buffer[used] = '\0';
      if (!answer(fd, buffer, used)) return;
      buffer[used] = after;
      memmove(buffer, buffer + used, size -= used);
    }
    if (size == HEAD_MAX) {
      strcpy(buffer, "too large\n");
      answer(fd, buffer, 10);
      return;
    }
  }
}

// ---- connections --------------------------------------------------------------------------------

static int listener;
static atomic_bool is_open[DESCRIPTORS_MAX];

static void *serve_connection(void *argument) {
  int fd = (int)(long)argument;
  serve(fd);
  shutdown(fd, SHUT_WR);
  is_open[fd] = false;
  connections_open--;
  close(fd);
  return NULL;
}

static void accept_all(void) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 128 * 1024);
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC), on = 1;
    pthread_t thread;
    if (fd < 0) {
      // Without descriptors or memory it continues a little later; after the stop it ends here.
      if (errno == EINVAL || errno == EBADF) return;
      usleep(10000);
      continue;
    }
    accepts++;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connections_open++;
    is_open[fd] = true;
    if (pthread_create(&thread, &attributes, serve_connection, (void *)(long)fd) != 0) {
      is_open[fd] = false;
      connections_open--;
      close(fd);
    }
  }
}

// ---- control: docs/PROTOCOL.md, sections 1 and 2 ------------------------------------------------

// Stops accepting, lets what has been received be answered, and ends the process.
static void stop(void) {
  shutdown(listener, SHUT_RDWR);
  for (int fd = 0; fd < DESCRIPTORS_MAX; fd++) {
    if (is_open[fd]) shutdown(fd, SHUT_RD);
  }
  for (int waited = 0; waited < STOP_MS && connections_open > 0; waited++) usleep(1000);
  print_stats(true);
  _exit(0);
}

static void *wait_for_sigterm(void *set) {
  int number;
  sigwait(set, &number);
  stop();
  return NULL;
}

static void *read_control(void *unused) {
  (void)unused;
  char line[64];
  while (fgets(line, sizeof line, stdin) != NULL) {
    if (strcmp(line, "stats\n") == 0) print_stats(false);
  }
  stop();
  return NULL;
}

static void fail(int status, const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(status);
}

// `0`, `0,2`, `1-3`
static void pin(const char *list) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  for (const char *at = list; *at != '\0';) {
    char *end;
    long first = strtol(at, &end, 10), last = first;
    if (end == at) fail(2, "--cpus", "want a list such as 0,2-3");
    if (*end == '-') last = strtol(end + 1, &end, 10);
    for (long cpu = first; cpu <= last && cpu < CPU_SETSIZE; cpu++) CPU_SET(cpu, &cpus);
    at = *end == ',' ? end + 1 : end;
    if (*end != ',' && *end != '\0') fail(2, "--cpus", "want a list such as 0,2-3");
  }
  if (sched_setaffinity(0, sizeof cpus, &cpus) != 0) fail(1, "sched_setaffinity", strerror(errno));
}

static void listen_on(const char *host, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  int on = 1;
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1) fail(2, "--listen", "want ADDRESS:PORT");
  listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0) {
    fail(1, "bind", strerror(errno));
  }
  if (listen(listener, 4096) != 0) fail(1, "listen", strerror(errno));
}

int main(int count, char **flags) {
  char host[64] = "127.0.0.1";
  int port = 0;
  for (int i = 1; i < count; i += 2) {
    const char *value = i + 1 < count ? flags[i + 1] : "";
    if (strcmp(flags[i], "--listen") == 0) {
      if (sscanf(value, "%63[0-9.]:%d", host, &port) != 2) fail(2, "--listen", "want ADDRESS:PORT");
    } else if (strcmp(flags[i], "--cpus") == 0) {
      pin(value);
    } else if (strcmp(flags[i], "--mode") != 0 || strcmp(value, "http") != 0) {
      // What this server lacks on a machine is said with exit status 69 and a line like this one.
      fail(2, flags[i], "unknown flag or value");
    }
  }
  static sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  signal(SIGPIPE, SIG_IGN);
  listen_on(host, port);
  struct sockaddr_in bound;
  socklen_t size = sizeof bound;
  getsockname(listener, (struct sockaddr *)&bound, &size);
  printf("{\"event\":\"ready\",\"port\":%d,\"pid\":%d,\"variant\":\"my-server\",\"mode\":\"http\"}\n",
         ntohs(bound.sin_port), getpid());
  fflush(stdout);
  pthread_t thread;
  pthread_create(&thread, NULL, wait_for_sigterm, &set);
  pthread_create(&thread, NULL, read_control, NULL);
  accept_all();
  pause();
}
