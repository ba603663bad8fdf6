/*
 * What this container may do to the kernel, tried. Built static, run as the first process of a test container.
 *
 * Nothing is done for real. A system call is offered to the container's filter under one more filter of ours, which hands
 * every call that the container's lets through to the parent (SECCOMP_RET_USER_NOTIF); the parent answers with an error
 * number no kernel uses, so the call is never executed. By seccomp(2) a stricter answer of the container's filter (kill,
 * trap, errno) goes before ours. For each capability a governed operation is tried that changes nothing outside of a
 * child, or whose arguments are invalid in a way that the kernel looks at after the capability.
 *
 * A call is made by a thread of its own, beside one that only waits: so a killed thread is told from a killed process.
 *
 * Standard input has one line a call: ENTRY NUMBER A0 A1 A2 A3 A4 (entry 0: x86-64, 1: i386 by int 0x80, 2: x32). The
 * sixth argument is ours: it marks the calls to be tried.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define MARKER "/ringfence-oracle"
#define OTHERS "/others" /* a file of uid 1, mode 0644 */
#define MAGIC 0x52464e43u
#define REACHED 3999 /* no error number of Linux */
#define MOST 20000

enum { X86_64, I386, X32 };
enum { UNTRIED, RETURNED, TRAPPED, KILLED, THREAD_KILLED };
enum { FINE = 0, THREAD_ENDED = 9 };

struct query { int entry, state; uint32_t number; uint64_t args[5]; long answer; };
struct shared { int count, current, listener; struct query queries[MOST]; };
static struct shared *shared;

static long through_syscall(uint64_t number, const uint64_t *a)
{
	long result;
	register uint64_t r10 __asm__("r10") = a[3];
	register uint64_t r8 __asm__("r8") = a[4];
	register uint64_t r9 __asm__("r9") = MAGIC;
	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

static long through_int80(uint32_t number, const uint64_t *a)
{
	long result;
	__asm__ volatile("push %%rbx\n\tpush %%rbp\n\tmov %2, %%rbx\n\tmov %7, %%ebp\n\tint $0x80\n\tpop %%rbp\n\tpop %%rbx"
			 : "=a"(result)
			 : "a"((uint64_t)number), "r"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4]), "i"(MAGIC)
			 : "r8", "r9", "r10", "r11", "memory");
	return (int)result;
}

static void trapped(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)info, (void)context;
	shared->queries[shared->current].state = TRAPPED;
	/* The way back is a system call too, and must not bear our mark. */
	__asm__ volatile("xor %%r9d, %%r9d" ::: "r9");
}

static int listen_to_marked(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MAGIC, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	int fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	return fd < 0 ? -errno : fd;
}

static int ready_pipe;
static char thread_stack[256 * 1024] __attribute__((aligned(16)));
static pid_t thread_id;

/* In a thread of its own: the filter is on this thread alone. */
static int ask(void *unused)
{
	(void)unused;
	struct sigaction action = {.sa_sigaction = trapped, .sa_flags = SA_SIGINFO | SA_NODEFER};
	sigaction(SIGSYS, &action, NULL);
	shared->listener = listen_to_marked();
	if (write(ready_pipe, "r", 1) != 1 || shared->listener < 0)
		_exit(1);
	for (; shared->current < shared->count; shared->current++) {
		struct query *query = &shared->queries[shared->current];
		query->state = KILLED; /* until we are back */
		long answer = query->entry == I386 ? through_int80(query->number, query->args)
				: through_syscall(query->number, query->args);
		if (query->state == KILLED)
			query->state = RETURNED;
		query->answer = answer;
	}
	_exit(FINE);
}

/* Starts the thread that asks and waits for its end, which the kernel tells by clearing its number (clone(2)). */
static void ask_in_thread(int ready)
{
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
	ready_pipe = ready;
	if (clone(ask, thread_stack + sizeof thread_stack, flags, NULL, &thread_id, NULL, &thread_id) < 0)
		_exit(1);
	for (pid_t now; (now = __atomic_load_n(&thread_id, __ATOMIC_ACQUIRE)) != 0;)
		syscall(SYS_futex, &thread_id, FUTEX_WAIT, now, NULL, NULL, 0);
	_exit(THREAD_ENDED);
}

static int answer_all(pid_t child)
{
	int status = 0;
	struct seccomp_notif *notice = calloc(1, 4096);
	struct seccomp_notif_resp *reply = calloc(1, 4096);
	for (;;) {
		struct pollfd wait = {.fd = shared->listener, .events = POLLIN};
		if (poll(&wait, 1, 2000) > 0 && wait.revents & POLLIN) {
			memset(notice, 0, sizeof *notice);
			if (!ioctl(shared->listener, SECCOMP_IOCTL_NOTIF_RECV, notice)) {
				memset(reply, 0, sizeof *reply);
				reply->id = notice->id;
				reply->error = -REACHED;
				ioctl(shared->listener, SECCOMP_IOCTL_NOTIF_SEND, reply);
			}
		}
		if (waitpid(child, &status, WNOHANG) == child)
			break;
	}
	free(notice), free(reply);
	return status;
}

static void try_calls(void)
{
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct query query;
	while (shared->count < MOST && scanf("%d %u %lu %lu %lu %lu %lu", &query.entry, &query.number, &query.args[0], &query.args[1],
			&query.args[2], &query.args[3], &query.args[4]) == 7) {
		query.state = UNTRIED, query.answer = 0;
		shared->queries[shared->count++] = query;
	}
	while (shared->current < shared->count) {
		int ready[2];
		char byte;
		if (pipe(ready))
			exit(3);
		fflush(stdout);
		/* Shared file table: the listener's number is good in the parent too. */
		pid_t child = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
		if (child == 0)
			ask_in_thread(ready[1]);
		if (child < 0 || read(ready[0], &byte, 1) != 1 || shared->listener < 0) {
			printf("problem calls cannot be tried: %d %s\n", shared->listener, strerror(child < 0 ? errno : -shared->listener));
			return;
		}
		int status = answer_all(child);
		close(shared->listener), close(ready[0]), close(ready[1]);
		if (shared->current >= shared->count)
			break;
		if (shared->queries[shared->current].state != KILLED) {
			printf("problem the child that tries calls ended before call %d with status %d\n", shared->current, status);
			return;
		}
		if (WIFEXITED(status) && WEXITSTATUS(status) == THREAD_ENDED)
			shared->queries[shared->current].state = THREAD_KILLED;
		shared->current++;
	}
	for (int i = 0; i < shared->count; i++) {
		struct query *each = &shared->queries[i];
		char word = each->state == KILLED ? 'K' : each->state == THREAD_KILLED ? 'k' : each->state == TRAPPED ? 'T' : each->answer == -REACHED ? 'A' : 'E';
		printf("call %d %c %ld\n", i, word, word == 'E' ? -each->answer : 0);
	}
}

/* An operation gives 0 if the kernel did what the capability governs, else the error number. */
static int reply_of(long result) { return result < 0 ? errno : 0; }
static int passed_check(long result, int beyond) { return result < 0 && errno == beyond ? 0 : reply_of(result); }
static int scratch(void)
{
	int fd = memfd_create("oracle", 0);
	if (fd >= 0 && ftruncate(fd, 64))
		return -1;
	return fd;
}
static int open_itself(int fd, int flags)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	int again = open(path, flags);
	return again;
}

static int op_chown(void) { return reply_of(fchown(scratch(), 4242, -1)); }
static int op_dac_override(void) { int fd = scratch(); if (fchmod(fd, 0)) return errno; return reply_of(open_itself(fd, O_RDWR)); }
static int op_dac_read_search(void) { int fd = scratch(); if (fchmod(fd, 0)) return errno; return reply_of(open_itself(fd, O_RDONLY)); }
static int op_fowner(void) { return reply_of(open(OTHERS, O_RDONLY | O_NOATIME)); }
static int op_fsetid(void)
{
	int fd = scratch();
	struct stat now;
	if (fchmod(fd, 04755) || write(fd, "x", 1) != 1 || fstat(fd, &now))
		return errno;
	return now.st_mode & S_ISUID ? 0 : EPERM;
}
/* A bystander: where it may not be killed it ends by itself, and keeps nobody waiting for the end of our output. */
static void wait_for_end(void)
{
	close(0), close(1), close(2);
	sleep(5);
}
static int op_kill(void)
{
	int ready[2];
	char word;
	if (pipe(ready))
		return errno;
	pid_t child = fork();
	if (child == 0) {
		word = setresuid(4243, 4243, 4243) ? 'n' : 'y';
		if (write(ready[1], &word, 1) == 1)
			wait_for_end();
		_exit(0);
	}
	if (read(ready[0], &word, 1) != 1 || word != 'y') {
		waitpid(child, NULL, WNOHANG);
		return ENOTSUP; /* nobody else to signal */
	}
	int answer = reply_of(kill(child, 0));
	kill(child, SIGKILL); /* the child ends by itself where this is refused */
	return answer;
}
static int op_setgid(void) { return reply_of(syscall(SYS_setresgid, 4242, 4242, 4242)); }
static int op_setuid(void) { return reply_of(syscall(SYS_setresuid, 4242, 4242, 4242)); }
static int op_setpcap(void) { return reply_of(prctl(PR_CAPBSET_DROP, 33, 0, 0, 0)); }
static int op_linux_immutable(void) { int flags = FS_APPEND_FL; return reply_of(ioctl(scratch(), FS_IOC_SETFLAGS, &flags)); }
static int op_net_bind_service(void)
{
	struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(913)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	return fd < 0 ? errno : passed_check(bind(fd, (void *)&where, sizeof where), EADDRINUSE);
}
static int op_net_admin(void)
{
	struct ifreq what = {.ifr_name = "lo"}; /* an address of no family */
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	return fd < 0 ? errno : passed_check(ioctl(fd, SIOCSIFBRDADDR, &what), EINVAL);
}
static int op_net_raw(void) { return reply_of(socket(AF_INET, SOCK_RAW, 1)); }
static int op_ipc_lock(void)
{
	struct rlimit none = {0, 0};
	static char page[4096] __attribute__((aligned(4096)));
	return setrlimit(RLIMIT_MEMLOCK, &none) ? errno : reply_of(mlock(page, sizeof page));
}
static int op_ipc_owner(void)
{
	int id = shmget(IPC_PRIVATE, 4096, 0);
	struct shmid_ds about;
	if (id < 0)
		return errno;
	int answer = reply_of(shmctl(id, IPC_STAT, &about));
	shmctl(id, IPC_RMID, NULL);
	return answer;
}
static int op_sys_module(void) { return passed_check(syscall(SYS_delete_module, "no_such_module", O_NONBLOCK), ENOENT); }
static int op_sys_rawio(void) { return reply_of(syscall(SYS_iopl, 1)); }
static int op_sys_chroot(void) { return reply_of(chroot("/")); }
static int op_sys_ptrace(void)
{
	int ready[2];
	char byte, path[64], target[256];
	if (pipe(ready))
		return errno;
	pid_t child = fork();
	if (child == 0) {
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
		if (write(ready[1], "r", 1) == 1)
			wait_for_end();
		_exit(0);
	}
	if (read(ready[0], &byte, 1) != 1)
		return EIO;
	snprintf(path, sizeof path, "/proc/%d/exe", child);
	int answer = reply_of(readlink(path, target, sizeof target));
	kill(child, SIGKILL);
	return answer;
}
static int op_sys_pacct(void) { return passed_check(acct("/no/such/file"), ENOENT); }
static int op_sys_admin(void) { return passed_check(syscall(SYS_sethostname, "x", -1), EINVAL); }
static int op_sys_admin_of_host(void) { return passed_check(syscall(SYS_swapoff, "/no/such/file"), ENOENT); }
static int op_sys_boot(void) { return passed_check(syscall(SYS_reboot, 1, 1, 1, 0), EINVAL); }
static int op_sys_nice(void)
{
	struct rlimit none = {0, 0};
	return setrlimit(RLIMIT_NICE, &none) ? errno : reply_of(setpriority(PRIO_PROCESS, 0, -1));
}
static int op_sys_resource(void)
{
	struct rlimit low = {64, 64}, high = {64, 65};
	return setrlimit(RLIMIT_NOFILE, &low) ? errno : reply_of(setrlimit(RLIMIT_NOFILE, &high));
}
static int op_sys_time(void)
{
	struct timezone nowhere = {.tz_minuteswest = 99999};
	return passed_check(syscall(SYS_settimeofday, NULL, &nowhere), EINVAL);
}
static int op_sys_tty_config(void) { return reply_of(syscall(SYS_vhangup)); }
static int op_mknod(void)
{
	int answer = reply_of(mknod("/dev/shm/oracle-null", S_IFCHR | 0600, makedev(1, 3)));
	unlink("/dev/shm/oracle-null");
	return answer;
}
static int op_lease(void) { int fd = open(OTHERS, O_RDONLY); return fd < 0 ? errno : passed_check(fcntl(fd, F_SETLEASE, F_RDLCK), EAGAIN); }
static int op_setfcap(void)
{
	static const unsigned char nothing[20] = {0, 0, 0, 2}; /* VFS_CAP_REVISION_2, all sets empty */
	return reply_of(fsetxattr(scratch(), "security.capability", nothing, sizeof nothing, 0));
}
static int op_syslog(void) { return reply_of(syscall(SYS_syslog, 9, NULL, 0)); }
static int op_wake_alarm(void) { return reply_of(timerfd_create(CLOCK_REALTIME_ALARM, 0)); }
static int op_perfmon(void)
{
	struct perf_event_attr what = {.type = PERF_TYPE_SOFTWARE, .size = sizeof what, .config = PERF_COUNT_SW_TASK_CLOCK, .disabled = 1};
	return reply_of(syscall(SYS_perf_event_open, &what, 0, -1, -1, 0));
}
static int op_bpf(void)
{
	union bpf_attr what = {.map_type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 4, .max_entries = 1};
	return reply_of(syscall(SYS_bpf, BPF_MAP_CREATE, &what, sizeof what));
}
static int op_checkpoint_restore(void)
{
	char line[512], path[600];
	FILE *maps = fopen("/proc/self/maps", "r");
	if (!maps || !fgets(line, sizeof line, maps))
		return errno;
	unsigned long from, to;
	if (sscanf(line, "%lx-%lx", &from, &to) != 2)
		return EIO;
	snprintf(path, sizeof path, "/proc/self/map_files/%lx-%lx", from, to);
	return reply_of(open(path, O_RDONLY));
}

static const struct { const char *name; int (*run)(void); } operations[] = {
	{"CAP_CHOWN", op_chown}, {"CAP_DAC_OVERRIDE", op_dac_override}, {"CAP_DAC_READ_SEARCH", op_dac_read_search},
	{"CAP_FOWNER", op_fowner}, {"CAP_FSETID", op_fsetid}, {"CAP_KILL", op_kill}, {"CAP_SETGID", op_setgid},
	{"CAP_SETUID", op_setuid}, {"CAP_SETPCAP", op_setpcap}, {"CAP_LINUX_IMMUTABLE", op_linux_immutable},
	{"CAP_NET_BIND_SERVICE", op_net_bind_service}, {"CAP_NET_ADMIN", op_net_admin}, {"CAP_NET_RAW", op_net_raw},
	{"CAP_IPC_LOCK", op_ipc_lock}, {"CAP_IPC_OWNER", op_ipc_owner}, {"CAP_SYS_MODULE", op_sys_module},
	{"CAP_SYS_RAWIO", op_sys_rawio}, {"CAP_SYS_CHROOT", op_sys_chroot}, {"CAP_SYS_PTRACE", op_sys_ptrace},
	{"CAP_SYS_PACCT", op_sys_pacct}, {"CAP_SYS_ADMIN", op_sys_admin}, {"CAP_SYS_ADMIN/host", op_sys_admin_of_host},
	{"CAP_SYS_BOOT", op_sys_boot}, {"CAP_SYS_NICE", op_sys_nice}, {"CAP_SYS_RESOURCE", op_sys_resource},
	{"CAP_SYS_TIME", op_sys_time}, {"CAP_SYS_TTY_CONFIG", op_sys_tty_config}, {"CAP_MKNOD", op_mknod},
	{"CAP_LEASE", op_lease}, {"CAP_SETFCAP", op_setfcap}, {"CAP_SYSLOG", op_syslog}, {"CAP_WAKE_ALARM", op_wake_alarm},
	{"CAP_PERFMON", op_perfmon}, {"CAP_BPF", op_bpf}, {"CAP_CHECKPOINT_RESTORE", op_checkpoint_restore},
};

/* Each in a child of its own: limits, ids and capabilities change there only. A filter may kill the child. */
static void try_capabilities(void)
{
	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
		fflush(stdout);
		pid_t child = fork();
		if (child == 0)
			_exit(operations[i].run());
		int status = 0;
		waitpid(child, &status, 0);
		printf("capability %s %d\n", operations[i].name, WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status));
	}
}

static void show_lines(const char *word, const char *path)
{
	char line[1024];
	FILE *file = fopen(path, "r");
	for (; file && fgets(line, sizeof line, file);)
		printf("%s %s", word, line);
	if (file)
		fclose(file);
}

static void show_namespaces(void)
{
	static const char *const kinds[] = {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"};
	char path[64], target[64];
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[i]);
		ssize_t length = readlink(path, target, sizeof target - 1);
		if (length > 0)
			printf("namespace %s %.*s\n", kinds[i], (int)length, target);
	}
}

/* A path is masked if it is /dev/null or an empty read-only tmpfs of its own, and read-only if its mount says so. */
static void show_path(const char *path)
{
	struct stat about;
	struct statvfs mount;
	if (stat(path, &about)) {
		printf("path %s absent %d\n", path, errno);
		return;
	}
	int entries = 0;
	DIR *folder = S_ISDIR(about.st_mode) ? opendir(path) : NULL;
	while (folder && entries < 3 && readdir(folder))
		entries++;
	if (folder)
		closedir(folder);
	int null = S_ISCHR(about.st_mode) && about.st_rdev == makedev(1, 3);
	int empty = S_ISDIR(about.st_mode) && folder && entries <= 2;
	int answer = statvfs(path, &mount);
	printf("path %s %s %s\n", path, null || empty ? "masked" : "seen", !answer && mount.f_flag & ST_RDONLY ? "ro" : "rw");
}

/* How mounts reach over: the peer group or the master in the line of a mount point (proc_pid_mountinfo(5)). */
static void show_propagation(void)
{
	char line[2048], point[1024], options[512], rest[1024];
	FILE *file = fopen("/proc/self/mountinfo", "r");
	while (file && fgets(line, sizeof line, file)) {
		if (sscanf(line, "%*d %*d %*s %*s %1023s %511s %1023[^\n]", point, options, rest) != 3)
			continue;
		char *end = strstr(rest, " - ");
		if (!strncmp(rest, "- ", 2))
			end = rest;
		if (end)
			*end = 0;
		printf("propagation %s%s%s%s\n", point, strstr(rest, "shared:") ? " shared" : "", strstr(rest, "master:") ? " slave" : "",
		       strstr(rest, "shared:") || strstr(rest, "master:") ? "" : " private");
	}
	if (file)
		fclose(file);
}

/* Device nodes that lie beside the prober, for numbers without a driver: EPERM is the control group's word, ENXIO the kernel's. */
static void show_device_access(void)
{
	DIR *list = opendir("/nodes");
	for (struct dirent *entry; list && (entry = readdir(list));) {
		char path[300];
		static const struct { char letter; int flags; } tries[] = {{'r', O_RDONLY}, {'w', O_WRONLY}, {'b', O_RDWR}};
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "/nodes/%s", entry->d_name);
		for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
			int fd = open(path, tries[i].flags | O_NONBLOCK | O_NOCTTY);
			printf("access %s %c %d\n", entry->d_name, tries[i].letter, fd < 0 ? errno : 0);
			if (fd >= 0)
				close(fd);
		}
	}
	if (list)
		closedir(list);
}

/* What programs with the set-user-ID bit or with capabilities of their own would be: each is executed and tells its sets. */
static void show_programs(void)
{
	DIR *list = opendir("/programs");
	for (struct dirent *entry; list && (entry = readdir(list));) {
		char path[300];
		char *words[] = {"tell", entry->d_name, NULL};
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "/programs/%s", entry->d_name);
		fflush(stdout);
		pid_t child = fork();
		if (child == 0) {
			execv(path, words);
			printf("program %s error %d\n", entry->d_name, errno);
			fflush(stdout);
			_exit(0);
		}
		waitpid(child, NULL, 0);
	}
	if (list)
		closedir(list);
}

static int tell(const char *name)
{
	char line[512];
	FILE *file = fopen("/proc/self/status", "r");
	while (file && fgets(line, sizeof line, file))
		if (!strncmp(line, "Cap", 3) || !strncmp(line, "Uid", 3))
			printf("program %s %s", name, line);
	return 0;
}

static void show_devices(const char *folder, int depth)
{
	DIR *list = opendir(folder);
	for (struct dirent *entry; list && (entry = readdir(list));) {
		char path[512];
		struct stat about;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		if (entry->d_name[0] == '.' || lstat(path, &about))
			continue;
		if (S_ISCHR(about.st_mode) || S_ISBLK(about.st_mode))
			printf("device %s %u %u\n", path, major(about.st_rdev), minor(about.st_rdev));
		else if (S_ISDIR(about.st_mode) && depth < 4 && strcmp(path, "/dev/pts"))
			show_devices(path, depth + 1);
	}
	if (list)
		closedir(list);
}

int main(int count, char **words)
{
	if (access(MARKER, F_OK)) {
		fputs("prober: runs only in a container of the oracle test\n", stderr);
		return 2;
	}
	if (count == 2 && !strcmp(words[0], "tell"))
		return tell(words[1]);
	struct rlimit none = {0, 0};
	setrlimit(RLIMIT_CORE, &none); /* a killed process leaves no core */
	setvbuf(stdout, NULL, _IOFBF, 1 << 20);
	show_lines("status", "/proc/self/status");
	show_lines("uid_map", "/proc/self/uid_map");
	show_lines("gid_map", "/proc/self/gid_map");
	show_namespaces();
	for (int i = 1; i < count; i++)
		show_path(words[i]);
	show_propagation();
	show_devices("/dev", 0);
	show_device_access();
	show_programs();
	try_capabilities();
	try_calls();
	puts("end");
	return 0;
}
