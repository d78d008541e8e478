/*
 * The one header jextract reads: everything netlink-ffm takes from the C library and from the
 * kernel's user-space API. What of it comes out is decided by the include lists beside this file.
 */

/* unshare, setns, close_range, execve's friends, O_PATH and UMOUNT_NOFOLLOW are GNU extensions. */
#define _GNU_SOURCE 1
#include <features.h>

/*
 * With __USE_GNU, glibc declares every `struct sockaddr *` parameter as a transparent union, which
 * jextract takes for a union passed by value. First of all includes, so that no other header
 * brings sys/socket.h in before us.
 */
#undef __USE_GNU
#include <sys/socket.h>
#define __USE_GNU 1
/* As sys/socket.h has it with __USE_GNU. */
extern int accept4(int fd, struct sockaddr *addr, socklen_t *addr_len, int flags);

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* The kernel's own, not glibc's net/if.h and netinet/in.h: the two sets exclude each other. */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ipv6.h>
#include <linux/filter.h>
#include <linux/if.h>
#include <linux/ip.h>
#include <linux/un.h>
#include <linux/close_range.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/if_link.h>
#include <linux/if_addr.h>
#include <linux/if_bridge.h>
#include <linux/neighbour.h>
#include <linux/fib_rules.h>
#include <linux/veth.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_conntrack_common.h>
