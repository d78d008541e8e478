/*
 * What the kernel itself asks for an attachment: the reference that cnm is measured against, and
 * the step-by-step sequence of today's container stacks beside it. Plain C, one thread, no
 * bookkeeping.
 *
 *   cc -O2 -o floor floor.c -lpthread
 *   unshare -n ./floor in-place [port]    then commands on standard input, one a line; see main()
 *   unshare -n ./floor crowd 16 9         see crowd()
 *
 * in-place: the pair is born with its inner end in the namespace, under its final name, its outer
 *           end up and on the bridge, in one message; the rest is one more send.
 * step:     the pair is made on the host, its end moved and renamed, everything by a request of its
 *           own and each link looked up by name, in libnetwork's and CNI's order.
 * Both make the same: a namespace with lo and eth0 up, address, default route; a port of a bridge.
 * port:     each attachment publishes a TCP port of the host as well, as cnm does: a socket in each
 *           family holds it, and an element of an nftables map leads it to the endpoint.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_link.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
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

static int open_socket(int protocol) {
  int s = check(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), "socket");
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

/* Sends what was written and reads until the last request is acknowledged or one is refused. */
static void submit_or_fail(int s) {
  message->nlmsg_flags |= NLM_F_ACK;
  unsigned last = message->nlmsg_seq;
  check(send(s, out, used, 0), "send");
  used = 0;
  static char in[32768];
  for (;;) {
    int n = check(recv(s, in, sizeof in, 0), "recv");
    for (struct nlmsghdr *h = (void *)in; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
      if (h->nlmsg_type != NLMSG_ERROR) continue;
      struct nlmsgerr *e = NLMSG_DATA(h);
      errno = -e->error;
      if (e->error) fail("the kernel refused a request");
      if (h->nlmsg_seq == last) return;
    }
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
  in_port_t port;
  int held[2];
};

static struct endpoint endpoints[MOST];
static int count, made;
static int host, bridge;
static const struct ifinfomsg none;

static void *make_namespace(void *argument) {
  struct endpoint *e = argument;
  check(unshare(CLONE_NEWNET), "unshare");
  e->namespace = check(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "open");
  e->socket = open_socket(NETLINK_ROUTE);
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

/* --- a published port --- */

#define TABLE "floor"
#define MAP "ports"
#define CHAIN "published"
#define ENDPOINT_PORT 80

static int publishing, netfilter;

/* Where a transaction begins or ends; nfnetlink_rcv_batch of net/netfilter/nfnetlink.c. */
static void mark(int type) {
  struct nfgenmsg header = {.res_id = htons(NFNL_SUBSYS_NFTABLES)};
  begin(type, 0, &header, sizeof header);
  end();
}

static void begin_change(int type, int flags) {
  struct nfgenmsg header = {.nfgen_family = NFPROTO_IPV4};
  begin(NFNL_SUBSYS_NFTABLES << 8 | type, flags, &header, sizeof header);
}

/* The last change is acknowledged: the mark behind it is so only since Linux 6.10. */
static void commit(void) {
  struct nlmsghdr *last = message;
  mark(NFNL_MSG_BATCH_END);
  message = last;
  submit_or_fail(netfilter);
}

static void number_be(int type, int value) { number(type, htonl(value)); }

static void value(int type, const void *data, int length) {
  struct rtattr *a = nest(type);
  attribute(NFTA_DATA_VALUE, data, length);
  close_nest(a);
}

/* As nft writes it: map ports { type inet_proto . inet_service : ipv4_addr . inet_service; } */
static void add_map(void) {
  enum { IPV4_ADDR = 7, INET_PROTO = 12, INET_SERVICE = 13, BITS = 6 };
  begin_change(NFT_MSG_NEWSET, NLM_F_CREATE);
  text(NFTA_SET_TABLE, TABLE);
  text(NFTA_SET_NAME, MAP);
  number_be(NFTA_SET_ID, 1);
  number_be(NFTA_SET_FLAGS, NFT_SET_MAP);
  number_be(NFTA_SET_KEY_TYPE, INET_PROTO << BITS | INET_SERVICE);
  number_be(NFTA_SET_KEY_LEN, 8);
  number_be(NFTA_SET_DATA_TYPE, IPV4_ADDR << BITS | INET_SERVICE);
  number_be(NFTA_SET_DATA_LEN, 8);
  end();
}

/* chain published { type nat hook prerouting priority dstnat; } */
static void add_chain(void) {
  begin_change(NFT_MSG_NEWCHAIN, NLM_F_CREATE);
  text(NFTA_CHAIN_TABLE, TABLE);
  text(NFTA_CHAIN_NAME, CHAIN);
  text(NFTA_CHAIN_TYPE, "nat");
  struct rtattr *hook = nest(NFTA_CHAIN_HOOK);
  number_be(NFTA_HOOK_HOOKNUM, NF_INET_PRE_ROUTING);
  number_be(NFTA_HOOK_PRIORITY, NF_IP_PRI_NAT_DST);
  close_nest(hook);
  end();
}

static struct rtattr *expression, *operands;

static void begin_expression(const char *name) {
  expression = nest(NFTA_LIST_ELEM);
  text(NFTA_EXPR_NAME, name);
  operands = nest(NFTA_EXPR_DATA);
}

static void end_expression(void) {
  close_nest(operands);
  close_nest(expression);
}

/* dnat to meta l4proto . th dport map @ports */
static void add_rule(void) {
  enum { FIRST = NFT_REG32_00, SECOND = NFT_REG32_01 };
  begin_change(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
  text(NFTA_RULE_TABLE, TABLE);
  text(NFTA_RULE_CHAIN, CHAIN);
  struct rtattr *expressions = nest(NFTA_RULE_EXPRESSIONS);
  begin_expression("meta");
  number_be(NFTA_META_KEY, NFT_META_L4PROTO);
  number_be(NFTA_META_DREG, FIRST);
  end_expression();
  begin_expression("payload");
  number_be(NFTA_PAYLOAD_BASE, NFT_PAYLOAD_TRANSPORT_HEADER);
  number_be(NFTA_PAYLOAD_OFFSET, 2);
  number_be(NFTA_PAYLOAD_LEN, 2);
  number_be(NFTA_PAYLOAD_DREG, SECOND);
  end_expression();
  begin_expression("lookup");
  text(NFTA_LOOKUP_SET, MAP);
  number_be(NFTA_LOOKUP_SREG, FIRST);
  number_be(NFTA_LOOKUP_DREG, FIRST);
  end_expression();
  begin_expression("nat");
  number_be(NFTA_NAT_TYPE, NFT_NAT_DNAT);
  number_be(NFTA_NAT_FAMILY, NFPROTO_IPV4);
  number_be(NFTA_NAT_REG_ADDR_MIN, FIRST);
  number_be(NFTA_NAT_REG_PROTO_MIN, SECOND);
  end_expression();
  close_nest(expressions);
  end();
}

static void make_table(void) {
  netfilter = open_socket(NETLINK_NETFILTER);
  mark(NFNL_MSG_BATCH_BEGIN);
  begin_change(NFT_MSG_NEWTABLE, NLM_F_CREATE);
  text(NFTA_TABLE_NAME, TABLE);
  end();
  add_map();
  add_chain();
  add_rule();
  commit();
}

/* The port is the kernel's to translate: the socket keeps others from it and hears nothing. */
static void deafen(int s) {
  struct sock_filter keep_nothing = BPF_STMT(BPF_RET | BPF_K, 0);
  struct sock_fprog program = {.len = 1, .filter = &keep_nothing};
  check(setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), "SO_ATTACH_FILTER");
}

static int hold(int family, const void *address, int length) {
  int s = check(socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP), "socket");
  int one = 1;
  check(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), "SO_REUSEADDR");
  if (family == AF_INET6) check(setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one), "IPV6_V6ONLY");
  else deafen(s);
  check(bind(s, address, length), "bind");
  check(listen(s, 4096), "listen");
  return s;
}

/* Adds or deletes the element that leads the port to the endpoint. */
static void change_element(struct endpoint *e, int type, int flags) {
  /* Each field fills up words. */
  struct { unsigned char protocol[4]; in_port_t port, rest; } from = {
      .protocol = {IPPROTO_TCP}, .port = htons(e->port)};
  struct { in_addr_t address; in_port_t port, rest; } to = {
      .address = e->address, .port = htons(ENDPOINT_PORT)};
  mark(NFNL_MSG_BATCH_BEGIN);
  begin_change(type, flags);
  text(NFTA_SET_ELEM_LIST_TABLE, TABLE);
  text(NFTA_SET_ELEM_LIST_SET, MAP);
  struct rtattr *elements = nest(NFTA_SET_ELEM_LIST_ELEMENTS);
  struct rtattr *element = nest(NFTA_LIST_ELEM);
  value(NFTA_SET_ELEM_KEY, &from, sizeof from);
  value(NFTA_SET_ELEM_DATA, &to, sizeof to);
  close_nest(element);
  close_nest(elements);
  end();
  commit();
}

/* IPv6 is for a proxy, since the endpoint has none: that socket hears. */
static void publish(struct endpoint *e) {
  struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons(e->port)};
  struct sockaddr_in6 any6 = {.sin6_family = AF_INET6, .sin6_port = htons(e->port)};
  e->held[0] = hold(AF_INET, &any4, sizeof any4);
  e->held[1] = hold(AF_INET6, &any6, sizeof any6);
  change_element(e, NFT_MSG_NEWSETELEM, NLM_F_CREATE);
}

static void close_port(struct endpoint *e) {
  close(e->held[0]);
  close(e->held[1]);
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
  e->port = 10000 + id % 50000;
  (step_by_step ? attach_step_by_step : attach_in_place)(e);
  if (publishing) publish(e);
  return now() - start;
}

static long long detach(void) {
  if (!count) return 0;
  struct endpoint *e = &endpoints[--count];
  long long start = now();
  if (publishing) {
    change_element(e, NFT_MSG_DELSETELEM, 0);
    close_port(e);
  }
  begin(RTM_DELLINK, 0, &none, sizeof none);
  text(IFLA_IFNAME, e->name);
  end();
  submit_or_fail(host);
  close(e->socket);
  close(e->namespace);
  return now() - start;
}

/* Lets go of every namespace and port and waits until the kernel has removed the last link. */
static long long drop(void) {
  long long start = now();
  for (int i = 0; i < count; i++) {
    if (publishing) close_port(&endpoints[i]);
    close(endpoints[i].socket);
    close(endpoints[i].namespace);
  }
  for (int i = 0; i < count; i++) {
    while (if_nametoindex(endpoints[i].name)) usleep(200);
  }
  count = 0;
  return now() - start;
}

/* --- several callers at once --- */

#define SECOND 1000000000LL

/* Lets go at once of what it has attached: the kernel removes that meanwhile. */
static long long attach_and_let_go(void) {
  long long start = now();
  attach();
  struct endpoint *e = &endpoints[--count];
  close(e->socket);
  close(e->namespace);
  return now() - start;
}

static void call(int number, int callers, int seconds) {
  static long long took[1 << 16];
  int turns = 0;
  host = open_socket(NETLINK_ROUTE);
  made = number * (1000000 / callers);
  long long first = now() + SECOND;
  long long end = first + seconds * SECOND;
  for (long long t; (t = now()) < end;) {
    long long turn = attach_and_let_go();
    if (t >= first && turns < 1 << 16) took[turns++] = turn;
  }
  /* A line is one write, so that those of the others don't get into it. */
  setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
  for (int i = 0; i < turns; i++) printf("%lld\n", took[i]);
}

/* Each caller is a process of its own. Prints the nanoseconds of each turn after the first second. */
static void crowd(int callers, int seconds) {
  for (int i = 0; i < callers; i++) {
    if (check(fork(), "fork") == 0) {
      call(i, callers, seconds);
      exit(0);
    }
  }
  for (int i = 0, status; i < callers; i++) {
    check(wait(&status), "wait");
    if (status) exit(1);
  }
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
  int crowded = argc == 4 && !strcmp(argv[1], "crowd");
  int known = argc > 1 && (!strcmp(argv[1], "in-place") || !strcmp(argv[1], "step"));
  publishing = argc == 3 && !strcmp(argv[2], "port");
  if (!crowded && (!known || argc > 2 + publishing)) {
    fprintf(stderr, "usage: floor in-place|step [port], then attach, detach, drop, get N, change N\n"
                    "       floor crowd CALLERS SECONDS\n");
    return 2;
  }
  step_by_step = !strcmp(argv[1], "step");
  host = open_socket(NETLINK_ROUTE);
  make_bridge();
  if (publishing) make_table();
  if (crowded) {
    crowd(atoi(argv[2]), atoi(argv[3]));
    return 0;
  }
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
