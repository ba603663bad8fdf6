/* Makes system calls that are known: in children by fork, vfork and thread, in a grandchild that outlives its parent, and one
   through the 32-bit entry. Most of them fail; that they are made is what counts. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const int rare[] = {
    SYS_getpriority,  SYS_sched_getparam, SYS_getitimer,   SYS_times,          SYS_sysinfo,      SYS_getpgid,
    SYS_getsid,       SYS_membarrier,     SYS_inotify_init1, SYS_eventfd2,     SYS_timerfd_create, SYS_epoll_create1,
    SYS_memfd_create, SYS_kcmp,           SYS_ioprio_get,  SYS_mlock2,         SYS_umask,        SYS_statfs,
    SYS_io_uring_setup, SYS_userfaultfd,  SYS_pidfd_open,  SYS_openat2,        SYS_futex_waitv,  SYS_shmget,
    SYS_add_key,      SYS_bpf,            SYS_process_vm_readv,
};

static void *thread(void *unused) {
    for (int i = 0; i < 100; i++) syscall(SYS_getppid);
    return unused;
}

static char stack[65536];
static int in_clone(void *unused) {
    (void)unused;
    syscall(SYS_gettid);
    _exit(0);
}

int main(void) {
    for (unsigned i = 0; i < sizeof rare / sizeof *rare; i++) {
        pid_t child = fork();
        if (!child) {
            syscall(rare[i], -1, 0, 0, 0, 0, 0);
            _exit(0);
        }
        waitpid(child, 0, 0);
        child = vfork();
        if (!child) _exit(0);
        waitpid(child, 0, 0);
        child = clone(in_clone, stack + sizeof stack, CLONE_VFORK | CLONE_VM | SIGCHLD, 0);
        waitpid(child, 0, 0);
        pthread_t id;
        pthread_create(&id, 0, thread, 0);
        pthread_join(id, 0);
    }
    if (!fork()) {
        if (!fork()) {
            usleep(100000);
            syscall(SYS_sched_rr_get_interval, 0, 0);
            _exit(0);
        }
        _exit(0);
    }
    wait(0);
    int answer;
    __asm__ volatile("int $0x80" : "=a"(answer) : "a"(20) : "memory");
    return 0;
}
