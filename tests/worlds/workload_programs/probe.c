/* Makes four dangerous system calls with arguments that do nothing, and says what each was answered: no C library, so that it
   needs nothing but write and exit_group. */
static long call(long number, long a, long b, long c, long d, long e) {
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    long answer;
    __asm__ volatile("syscall" : "=a"(answer) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
    return answer;
}

static void say(const char *name, long answer) {
    char line[64];
    int at = 0;
    while (*name) line[at++] = *name++;
    line[at++] = ' ';
    if (answer < 0) {
        line[at++] = '-';
        answer = -answer;
    }
    char digits[20];
    int count = 0;
    do digits[count++] = '0' + answer % 10;
    while (answer /= 10);
    while (count) line[at++] = digits[--count];
    line[at++] = '\n';
    call(1, 1, (long)line, at, 0, 0);
}

void _start(void) {
    say("unshare", call(272, 0x10000000, 0, 0, 0, 0)); /* CLONE_NEWUSER */
    say("keyctl", call(250, 0, -3, 0, 0, 0));          /* KEYCTL_GET_KEYRING_ID of the session's */
    say("bpf", call(321, -1, 0, 0, 0, 0));
    say("mount", call(165, 0, 0, 0, 0, 0));
    call(231, 0, 0, 0, 0, 0);
}
