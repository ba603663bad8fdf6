/* Tries the primitives that kernel CVEs need, and says of each whether the kernel let it happen. Nothing is exploited: every
 * call is made with arguments that do nothing, or makes something that goes away with the process. Built static by
 * tests/live/test_preconditions.py, which runs it inside containers; outside of one it refuses.
 *
 * One line each: NAME VALUE. For a system call the value is the errno (0: it succeeded); for the rest it is 0 or 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef SYS_fsopen
#define SYS_fsopen 430
#define SYS_fsconfig 431
#endif

static void say(const char *name, long value) { printf("%s %ld\n", name, value); fflush(stdout); }
static long no(long result) { return result < 0 ? errno : 0; }

/* Runs `what` in a child, which may change its namespaces; gives what it returns. */
static int apart(int (*what)(int), int argument) {
    int status;
    pid_t child = fork();
    if (child < 0) return 255;
    if (child == 0) _exit(what(argument));
    if (waitpid(child, &status, 0) < 0) return 255;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 254;
}

static int unshares(int flags) { return (int)no(unshare(flags)); }

/* System calls with arguments that the kernel refuses before it looks at rights: EPERM and ENOSYS are the filter's word. */
static void calls(void) {
    union bpf_attr attr;
    char message[64];
    memset(&attr, 0, sizeof attr);
    memset(message, 0, sizeof message);
    say("call:bpf", no(syscall(SYS_bpf, 9999, &attr, sizeof attr)));
    say("call:io_uring_setup", no(syscall(SYS_io_uring_setup, 1, NULL)));
    say("call:io_uring_enter", no(syscall(SYS_io_uring_enter, -1, 0, 0, 0, NULL, 0)));
    say("call:perf_event_open", no(syscall(SYS_perf_event_open, NULL, 0, -1, -1, ~0UL)));
    say("call:keyctl", no(syscall(SYS_keyctl, 9999, 0, 0, 0, 0)));
    say("call:userfaultfd", no(syscall(SYS_userfaultfd, ~0)));
    say("call:fsconfig", no(syscall(SYS_fsconfig, -1, 0, NULL, NULL, 0)));
    say("call:mount", no(mount(NULL, NULL, NULL, 0, NULL)));
    say("call:ptrace", no(ptrace((enum __ptrace_request)9999, 1, NULL, NULL)));
    say("call:setsockopt", no(setsockopt(-1, SOL_SOCKET, SO_RCVBUF, message, 4)));
    say("call:listen", no(listen(-1, 1)));
    say("call:accept", no(accept(-1, NULL, NULL)));
    say("call:bind", no(bind(-1, (void *)message, 16)));
    say("call:connect", no(connect(-1, (void *)message, 16)));
    say("call:sendmsg", no(sendmsg(-1, (void *)message, 0)));
    say("call:splice", no(splice(-1, NULL, -1, NULL, 1, 0)));
    say("call:mmap", no((long)mmap(NULL, 0, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == -1 ? -1 : 0));
    say("call:madvise", no(madvise((void *)1, 1, 0)));
    say("call:munmap", no(munmap((void *)1, 1)));
    say("call:waitid", no(syscall(SYS_waitid, 99, 0, NULL, 0, NULL)));
    say("call:pipe2", no(syscall(SYS_pipe2, NULL, 0)));
    say("call:ioctl", no(ioctl(-1, 0)));
    say("call:mkdir", no(syscall(SYS_mkdir, NULL, 0)));
    say("call:setxattr", no(syscall(SYS_setxattr, NULL, NULL, NULL, 0, 0)));
}

struct family { const char *name; int number; int kind; int protocol; };
static const struct family FAMILIES[] = {
    {"AF_UNIX", 1, SOCK_STREAM, 0},     {"AF_INET", 2, SOCK_STREAM, 0},     {"AF_INET6", 10, SOCK_STREAM, 0},
    {"AF_NETLINK", 16, SOCK_RAW, 12},   {"AF_PACKET", 17, SOCK_RAW, 0},     {"AF_RXRPC", 33, SOCK_DGRAM, 2},
    {"AF_ALG", 38, SOCK_SEQPACKET, 0},  {"AF_VSOCK", 40, SOCK_STREAM, 0},
};

static int opens(int place) {
    const struct family *family = &FAMILIES[place];
    return (int)no(socket(family->number, family->kind, family->protocol));
}

static int opens_afresh(int place) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) return EPERM;
    return opens(place);
}

#ifdef __x86_64__
/* The 32-bit socketcall(SYS_SOCKET, {family, kind, protocol}), whose arguments no filter sees. */
static int by_socketcall(int place) {
    const struct family *family = &FAMILIES[place];
    uint32_t *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    int32_t answer;
    if (low == MAP_FAILED) return 253;
    low[0] = (uint32_t)family->number, low[1] = (uint32_t)family->kind, low[2] = (uint32_t)family->protocol;
    __asm__ volatile("int $0x80" : "=a"(answer) : "a"(102), "b"(1), "c"((uint32_t)(uintptr_t)low) : "memory", "r8", "r9", "r10", "r11");
    return answer < 0 ? -answer : 0;
}
#endif

static void sockets(void) {
    char name[64];
    for (size_t place = 0; place < sizeof FAMILIES / sizeof *FAMILIES; place++) {
        snprintf(name, sizeof name, "socket:%s", FAMILIES[place].name);
        say(name, apart(opens, (int)place));
#ifdef __x86_64__
        snprintf(name, sizeof name, "socketcall:%s", FAMILIES[place].name);
        say(name, apart(by_socketcall, (int)place));
#endif
    }
    say("afresh:AF_PACKET", apart(opens_afresh, 4));
}

/* Whether CAP_NET_ADMIN counts here: setting the flags of the loopback device to what they are. */
static int administers(int afresh) {
    struct ifreq request;
    int fd;
    if (afresh && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) return 0;
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    memset(&request, 0, sizeof request);
    strcpy(request.ifr_name, "lo");
    if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) < 0) return 0;
    return ioctl(fd, SIOCSIFFLAGS, &request) == 0;
}

/* Whether CAP_NET_RAW counts here: a raw socket for ICMP. */
static int sends_raw(int afresh) {
    if (afresh && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) return 0;
    return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) >= 0;
}

/* Whether nf_tables answers a question about its generation, which takes CAP_NET_ADMIN. 2: the kernel has no nf_tables. */
static int asks_nf_tables(int afresh) {
    struct { struct nlmsghdr head; unsigned char family, version; unsigned short resource; } ask;
    char answer[512];
    struct nlmsghdr *head = (void *)answer;
    int fd;
    if (afresh && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) return 0;
    fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
    if (fd < 0) return 0;
    memset(&ask, 0, sizeof ask);
    ask.head.nlmsg_len = sizeof ask;
    ask.head.nlmsg_type = 10 << 8 | 16; /* NFNL_SUBSYS_NFTABLES, NFT_MSG_GETGEN */
    ask.head.nlmsg_flags = NLM_F_REQUEST;
    if (send(fd, &ask, sizeof ask, 0) < 0 || recv(fd, answer, sizeof answer, 0) < (long)sizeof *head) return 0;
    if (head->nlmsg_type != NLMSG_ERROR) return 1;
    return ((struct nlmsgerr *)NLMSG_DATA(head))->error == -EPERM ? 0 : 2;
}

/* Whether a file system context can be made and set, which takes CAP_SYS_ADMIN. */
static int sets_context(int afresh) {
    int fd;
    if (afresh && unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0) return 0;
    fd = (int)syscall(SYS_fsopen, "tmpfs", 0);
    return fd >= 0 && syscall(SYS_fsconfig, fd, 1, "size", "1m", 0) == 0;
}

/* Whether the propagation of the root mount can be set, which takes CAP_SYS_ADMIN. */
static int sets_mount(int afresh) {
    if (unshare(CLONE_NEWNS | (afresh ? CLONE_NEWUSER : 0)) < 0) return 0;
    return mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) == 0;
}

static int makes_map(int unused) {
    union bpf_attr attr;
    (void)unused;
    memset(&attr, 0, sizeof attr);
    attr.map_type = BPF_MAP_TYPE_ARRAY, attr.key_size = 4, attr.value_size = 4, attr.max_entries = 1;
    return syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof attr) >= 0;
}

static int makes_ring(int unused) {
    char parameters[512];
    (void)unused;
    memset(parameters, 0, sizeof parameters);
    return syscall(SYS_io_uring_setup, 1, parameters) >= 0;
}

static int counts(int unused) {
    struct perf_event_attr attr;
    (void)unused;
    memset(&attr, 0, sizeof attr);
    attr.type = PERF_TYPE_SOFTWARE, attr.size = sizeof attr, attr.config = PERF_COUNT_SW_DUMMY;
    attr.exclude_kernel = 1, attr.exclude_hv = 1, attr.disabled = 1;
    return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0) >= 0;
}

static int has_keyring(int unused) { (void)unused; return syscall(SYS_keyctl, 0, -3, 1) >= 0; }
static int has_userfaultfd(int unused) { (void)unused; return syscall(SYS_userfaultfd, 0) >= 0; }

/* Whether a TCP socket can be told to speak TLS: ENOTCONN says that the module is there. */
static int has_tls(int unused) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)unused;
    return fd >= 0 && (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 4) == 0 || errno == ENOTCONN);
}

/* Whether a cgroup v1 hierarchy shows its root, whose sign is the file release_agent. It is only looked for. */
static int sees_root_cgroup(int unused) {
    char line[1024], path[64];
    FILE *file = fopen("/proc/self/cgroup", "r");
    int found = 0;
    (void)unused;
    if (file == NULL || unshare(CLONE_NEWNS) < 0) return 0;
    mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL);
    mkdir("/mnt", 0755);
    while (!found && fgets(line, sizeof line, file)) {
        char *controllers = strchr(line, ':') + 1, *end = strchr(controllers, ':');
        if (end == controllers) continue; /* the unified hierarchy */
        *end = 0;
        if (mount("cgroup", "/mnt", "cgroup", 0, strncmp(controllers, "name=", 5) ? controllers : "none,name=systemd") < 0) continue;
        snprintf(path, sizeof path, "/mnt/release_agent");
        found = access(path, F_OK) == 0;
        umount2("/mnt", MNT_DETACH);
    }
    return found;
}

/* Whether the cgroup namespace is another than the first one, whose number is fixed. */
static long own_cgroup_namespace(void) {
    char link[64];
    long length = readlink("/proc/self/ns/cgroup", link, sizeof link - 1);
    if (length < 0) return -1;
    link[length] = 0;
    return strcmp(link, "cgroup:[4026531835]") != 0;
}

/* Whether a socket in the abstract namespace of the host's network can be reached, as a containerd shim's could. */
static int reaches_host(int unused) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *name = getenv("RINGFENCE_HOST_SOCKET");
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    (void)unused;
    if (name == NULL || fd < 0) return 0;
    strncpy(address.sun_path + 1, name, sizeof address.sun_path - 2);
    return connect(fd, (void *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name))) == 0;
}

/* Whether a path is what the kernel put there, and not an empty directory or /dev/null over it. */
static long shows(const char *path) {
    struct stat seen, above;
    if (lstat(path, &seen) < 0) return -1;
    if (S_ISCHR(seen.st_mode)) return 0;
    return lstat(strncmp(path, "/proc", 5) ? "/sys" : "/proc", &above) == 0 && seen.st_dev == above.st_dev;
}

static int opens_path(const char *path) { return open(path, O_RDWR | O_CLOEXEC) >= 0; }

/* Whether an open descriptor leads to a directory that is not the container's own (CVE-2024-21626). */
static long leaked(void) {
    struct stat root, seen;
    long count = 0;
    if (stat("/", &root) < 0) return -1;
    for (int fd = 3; fd < 64; fd++)
        if (fstat(fd, &seen) == 0 && S_ISDIR(seen.st_mode) && seen.st_dev != root.st_dev) count++;
    return count;
}

int main(void) {
    long inside = -1, outside = -1;
    FILE *map = fopen("/proc/self/uid_map", "r");
    if (getenv("RINGFENCE_INSIDE_A_CONTAINER") == NULL) {
        fputs("this program is for the inside of a container; it does nothing here\n", stderr);
        return 2;
    }
    say("leaked-directories", leaked());
    calls();
    sockets();
    say("userns", apart(unshares, CLONE_NEWUSER));
    say("userns:CLONE_NEWNET", apart(unshares, CLONE_NEWUSER | CLONE_NEWNET));
    say("userns:CLONE_NEWNS", apart(unshares, CLONE_NEWUSER | CLONE_NEWNS));
    say("userns:CLONE_NEWCGROUP,CLONE_NEWNS", apart(unshares, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWCGROUP));
    say("net-admin", apart(administers, 0) || apart(administers, 1));
    say("net-raw", apart(sends_raw, 0) || apart(sends_raw, 1));
    {
        int held = apart(asks_nf_tables, 0), fresh = held == 1 ? 0 : apart(asks_nf_tables, 1);
        say("nf_tables", held == 1 || fresh == 1);
        say("no-nf_tables", held == 2 || fresh == 2);
    }
    say("fs-context", apart(sets_context, 0) || apart(sets_context, 1));
    say("mount:held", apart(sets_mount, 0));
    say("mount", apart(sets_mount, 0) || apart(sets_mount, 1));
    say("bpf-map", apart(makes_map, 0));
    say("io-uring", apart(makes_ring, 0));
    say("perf-event", apart(counts, 0));
    say("keyring", apart(has_keyring, 0));
    say("userfaultfd", apart(has_userfaultfd, 0));
    say("tls", apart(has_tls, 0));
    say("root-cgroup", apart(sees_root_cgroup, 0));
    say("own-cgroupns", own_cgroup_namespace());
    say("host-socket", apart(reaches_host, 0));
    say("path:/proc/keys", shows("/proc/keys"));
    say("path:/proc/kcore", shows("/proc/kcore"));
    say("path:/sys/firmware", shows("/sys/firmware"));
    say("device:/dev/fuse", opens_path("/dev/fuse"));
    say("no-new-privileges", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    if (map != NULL && fscanf(map, "%ld %ld", &inside, &outside) != 2) inside = outside = -1;
    say("host-root", getuid() == 0 && inside == 0 && outside == 0);
    say("own-userns", outside != 0);
    printf("done 1\n");
    fflush(stdout);
    pause();
    return 0;
}
