/*
 * What the kernel itself asks for an attachment: the reference that cnm is measured against, and
 * the step-by-step sequence of today's container stacks beside it. Plain C, one thread, no
 * bookkeeping.
 *
 *   cc -O2 -o floor floor.c -lpthread
 *   unshare -n ./floor in-place    then commands on standard input, one a line; see main()
 *
 * in-place: the pair is born with its inner end in the namespace, under its final name, its outer
 *           end up and on the bridge, in one message; the rest is one more send.
 * step:     the pair is made on the host, its end moved and renamed, everything by a request of its
 *           own and each link looked up by name, in libnetwork's and CNI's order.
 * Both make the same: a namespace with lo and eth0 up, address, default route; a port of a bridge.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BRIDGE "floor0"
#define MOST 4096

static void fail(const char *what) {
  fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
  exit(1);
}

static long check(long result, const char *what) {
  if (result < 0) fail(what);
  return result;
}

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* --- messages: several requests in one buffer, sent together, the last one acknowledged --- */

static char out[32768];
static int used;
static unsigned sequence;
static struct nlmsghdr *message;

static int open_socket(void) {
  int s = check(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "socket");
  int one = 1;
  setsockopt(s, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof one);
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  check(bind(s, (void *)&kernel, sizeof kernel), "bind");
  check(connect(s, (void *)&kernel, sizeof kernel), "connect");
  return s;
}

static void begin(int type, int flags, const void *header, int length) {
  message = (void *)(out + used);
  memset(message, 0, NLMSG_HDRLEN);
  message->nlmsg_type = type;
  message->nlmsg_flags = NLM_F_REQUEST | flags;
  message->nlmsg_seq = ++sequence;
  memcpy(NLMSG_DATA(message), header, length);
  message->nlmsg_len = NLMSG_SPACE(length);
}

static struct rtattr *attribute(int type, const void *data, int length) {
  struct rtattr *a = (void *)((char *)message + message->nlmsg_len);
  a->rta_type = type;
  a->rta_len = RTA_LENGTH(length);
  memcpy(RTA_DATA(a), data, length);
  message->nlmsg_len += RTA_SPACE(length);
  return a;
}

static void text(int type, const char *value) { attribute(type, value, strlen(value) + 1); }
static void number(int type, int value) { attribute(type, &value, sizeof value); }
static struct rtattr *nest(int type) { return attribute(type | NLA_F_NESTED, "", 0); }
static void close_nest(struct rtattr *a) { a->rta_len = (char *)message + message->nlmsg_len - (char *)a; }
static void end(void) { used += NLMSG_ALIGN(message->nlmsg_len); }

/* Sends what was written and reads until the last request is acknowledged. */
static int submit(int s) {
  message->nlmsg_flags |= NLM_F_ACK;
  unsigned last = message->nlmsg_seq;
  check(send(s, out, used, 0), "send");
  used = 0;
  static char in[32768];
  int error = 0;
  for (;;) {
    int n = check(recv(s, in, sizeof in, 0), "recv");
    for (struct nlmsghdr *h = (void *)in; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
      if (h->nlmsg_type != NLMSG_ERROR) continue;
      struct nlmsgerr *e = NLMSG_DATA(h);
      if (e->error) error = e->error;
      if (h->nlmsg_seq == last) return error;
    }
  }
}

static void submit_or_fail(int s) {
  int error = submit(s);
  if (error) {
    errno = -error;
    fail("the kernel refused a request");
  }
}

static int link_index(const char *name) { return check((int)if_nametoindex(name) ?: -1, name); }

/* --- an endpoint --- */

struct endpoint {
  char name[12];
  int namespace;
  int socket;
  in_addr_t address;
  unsigned char mac[6];
};

static struct endpoint endpoints[MOST];
static int count, made;
static int host, bridge;
static const struct ifinfomsg none;

static void *make_namespace(void *argument) {
  struct endpoint *e = argument;
  check(unshare(CLONE_NEWNET), "unshare");
  e->namespace = check(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "open");
  e->socket = open_socket();
  return NULL;
}

static void enter_new_namespace(struct endpoint *e) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, make_namespace, e)) fail("pthread_create");
  pthread_join(thread, NULL);
}

static void set_up(int index) {
  struct ifinfomsg up = {.ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
  begin(RTM_NEWLINK, 0, &up, sizeof up);
  end();
}

static void add_address(struct endpoint *e, int index) {
  struct ifaddrmsg header = {.ifa_family = AF_INET, .ifa_prefixlen = 16, .ifa_index = index};
  in_addr_t broadcast = htonl(0x0a63ffff);
  begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
  attribute(IFA_LOCAL, &e->address, 4);
  attribute(IFA_ADDRESS, &e->address, 4);
  attribute(IFA_BROADCAST, &broadcast, 4);
  end();
}

static void add_default_route(int index) {
  struct rtmsg header = {.rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_BOOT,
                         .rtm_scope = RT_SCOPE_UNIVERSE, .rtm_type = RTN_UNICAST};
  in_addr_t gateway = htonl(0x0a630001);
  begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
  attribute(RTA_GATEWAY, &gateway, 4);
  number(RTA_OIF, index);
  end();
}

static void attach_in_place(struct endpoint *e) {
  enter_new_namespace(e);
  struct ifinfomsg up = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP};
  begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &up, sizeof up);
  text(IFLA_IFNAME, e->name);
  number(IFLA_MASTER, bridge);
  number(IFLA_NUM_TX_QUEUES, 1);
  number(IFLA_NUM_RX_QUEUES, 1);
  struct rtattr *info = nest(IFLA_LINKINFO);
  text(IFLA_INFO_KIND, "veth");
  struct rtattr *data = nest(IFLA_INFO_DATA);
  /* The peer's number is the first one free in a new namespace, lo being 1. */
  struct rtattr *peer = attribute(VETH_INFO_PEER | NLA_F_NESTED, &none, sizeof none);
  text(IFLA_IFNAME, "eth0");
  attribute(IFLA_ADDRESS, e->mac, sizeof e->mac);
  number(IFLA_NET_NS_FD, e->namespace);
  number(IFLA_NUM_TX_QUEUES, 1);
  number(IFLA_NUM_RX_QUEUES, 1);
  close_nest(peer);
  close_nest(data);
  close_nest(info);
  end();
  submit_or_fail(host);
  set_up(1);
  set_up(2);
  add_address(e, 2);
  add_default_route(2);
  submit_or_fail(e->socket);
}

static void attach_step_by_step(struct endpoint *e) {
  enter_new_namespace(e);
  char inner[IFNAMSIZ];
  snprintf(inner, sizeof inner, "in%s", e->name);
  begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &none, sizeof none);
  text(IFLA_IFNAME, e->name);
  struct rtattr *info = nest(IFLA_LINKINFO);
  text(IFLA_INFO_KIND, "veth");
  struct rtattr *data = nest(IFLA_INFO_DATA);
  struct rtattr *peer = attribute(VETH_INFO_PEER | NLA_F_NESTED, &none, sizeof none);
  text(IFLA_IFNAME, inner);
  close_nest(peer);
  close_nest(data);
  close_nest(info);
  end();
  submit_or_fail(host);

  struct ifinfomsg outer_link = {.ifi_index = link_index(e->name)};
  struct ifinfomsg inner_link = {.ifi_index = link_index(inner)};
  begin(RTM_NEWLINK, 0, &outer_link, sizeof outer_link);
  number(IFLA_MASTER, bridge);
  end();
  submit_or_fail(host);
  begin(RTM_NEWLINK, 0, &inner_link, sizeof inner_link);
  attribute(IFLA_ADDRESS, e->mac, sizeof e->mac);
  end();
  submit_or_fail(host);
  set_up(outer_link.ifi_index);
  submit_or_fail(host);
  begin(RTM_NEWLINK, 0, &inner_link, sizeof inner_link);
  number(IFLA_NET_NS_FD, e->namespace);
  end();
  submit_or_fail(host);

  set_up(1);
  submit_or_fail(e->socket);
  begin(RTM_NEWLINK, 0, &inner_link, sizeof inner_link);
  text(IFLA_IFNAME, "eth0");
  end();
  submit_or_fail(e->socket);
  add_address(e, inner_link.ifi_index);
  submit_or_fail(e->socket);
  set_up(inner_link.ifi_index);
  submit_or_fail(e->socket);
  add_default_route(inner_link.ifi_index);
  submit_or_fail(e->socket);
}

static int step_by_step;

static long long attach(void) {
  if (count == MOST) {
    errno = ENOSPC;
    fail("attach");
  }
  long long start = now();
  struct endpoint *e = &endpoints[count++];
  int id = made++;
  snprintf(e->name, sizeof e->name, "fl%d", id % 1000000);
  unsigned host_part = 2 + id % 65000;
  e->address = htonl(0x0a630000 + host_part);
  memcpy(e->mac, (unsigned char[]){2, 0x42, 10, 99, host_part >> 8, host_part & 255}, 6);
  (step_by_step ? attach_step_by_step : attach_in_place)(e);
  return now() - start;
}

static long long detach(void) {
  if (!count) return 0;
  struct endpoint *e = &endpoints[--count];
  long long start = now();
  begin(RTM_DELLINK, 0, &none, sizeof none);
  text(IFLA_IFNAME, e->name);
  end();
  submit_or_fail(host);
  close(e->socket);
  close(e->namespace);
  return now() - start;
}

/* Lets go of every namespace and waits until the kernel has removed the last link. */
static long long drop(void) {
  long long start = now();
  for (int i = 0; i < count; i++) {
    close(endpoints[i].socket);
    close(endpoints[i].namespace);
  }
  for (int i = 0; i < count; i++) {
    while (if_nametoindex(endpoints[i].name)) usleep(200);
  }
  count = 0;
  return now() - start;
}

/* One exchange: what is link number 1? An answer and an acknowledgement. */
static void get_link(void) {
  struct ifinfomsg lo = {.ifi_index = 1};
  begin(RTM_GETLINK, 0, &lo, sizeof lo);
  number(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  end();
  submit_or_fail(host);
}

/* One exchange: a change of link number 1 that changes nothing. An acknowledgement. */
static void change_link(void) {
  struct ifinfomsg lo = {.ifi_index = 1};
  begin(RTM_NEWLINK, 0, &lo, sizeof lo);
  end();
  submit_or_fail(host);
}

static long long round_trip(void (*exchange)(void), int times) {
  long long start = now();
  for (int i = 0; i < times; i++) exchange();
  return (now() - start) / times;
}

static void make_bridge(void) {
  struct ifinfomsg up = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP};
  unsigned char mac[6] = {2, 0x42, 1, 2, 3, 4};
  begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &up, sizeof up);
  text(IFLA_IFNAME, BRIDGE);
  attribute(IFLA_ADDRESS, mac, sizeof mac);
  struct rtattr *info = nest(IFLA_LINKINFO);
  text(IFLA_INFO_KIND, "bridge");
  close_nest(info);
  end();
  submit_or_fail(host);
  bridge = link_index(BRIDGE);
}

/* Each command answers with a line: nanoseconds. */
int main(int argc, char **argv) {
  if (argc != 2 || (strcmp(argv[1], "in-place") && strcmp(argv[1], "step"))) {
    fprintf(stderr, "usage: floor in-place|step, then attach, detach, drop, get N, change N\n");
    return 2;
  }
  step_by_step = !strcmp(argv[1], "step");
  host = open_socket();
  make_bridge();
  char line[64];
  while (fgets(line, sizeof line, stdin)) {
    long long took;
    if (!strncmp(line, "attach", 6)) took = attach();
    else if (!strncmp(line, "detach", 6)) took = detach();
    else if (!strncmp(line, "drop", 4)) took = drop();
    else if (!strncmp(line, "get ", 4)) took = round_trip(get_link, atoi(line + 4));
    else if (!strncmp(line, "change ", 7)) took = round_trip(change_link, atoi(line + 7));
    else break;
    printf("%lld\n", took);
    fflush(stdout);
  }
  return 0;
}
