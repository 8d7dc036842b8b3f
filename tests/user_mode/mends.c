/* What user-mode Linux 6.12 lacks, between it and the C library.
 *
 * On a processor with AMX it does not run (mended in 6.13): it sets a process's floating point
 * registers as the first 2696 bytes of their area (up to AVX-512 and PKRU), and the kernel refuses
 * less than all of it with EFAULT ("ptrace set fp regs failed, errno = 14"), which with AMX is
 * 11 KiB. What it leaves out stays as it is.
 *
 * It loses its timer, once in some half hour of a busy machine: unblock_signals() in
 * arch/um/os-Linux/signal.c drops an alarm that comes while the handler of the one before is at
 * work. The timer is never set again then, and whoever waits there waits for ever. It was seen
 * going around in os_idle_sleep(), where timer_gettime(2) said that no timer was set, and a SIGALRM
 * from outside made it go on. So one that idles without a timer gets an alarm: at worst one too
 * many, after which it looks what is due and sets the timer.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define PEEKS_UP_TO 3 /* PTRACE_PEEKTEXT, PEEKDATA, PEEKUSER give their word through a pointer */
#define GETREGSET 0x4204
#define SETREGSET 0x4205
#define XSTATE 0x202

static char whole[1 << 16];

static long set_xstate(long pid, const struct iovec *part)
{
    struct iovec all = {whole, sizeof whole};
    long done = syscall(SYS_ptrace, GETREGSET, pid, XSTATE, &all);

    if (done != 0)
        return done;
    memcpy(whole, part->iov_base, part->iov_len < all.iov_len ? part->iov_len : all.iov_len);
    return syscall(SYS_ptrace, SETREGSET, pid, XSTATE, &all);
}

long ptrace(int request, ...)
{
    va_list arguments;
    long pid, address, data, word;

    va_start(arguments, request);
    pid = va_arg(arguments, long);
    address = va_arg(arguments, long);
    data = va_arg(arguments, long);
    va_end(arguments);
    if (request == SETREGSET && address == XSTATE)
        return set_xstate(pid, (const struct iovec *)data);
    if (request < 1 || request > PEEKS_UP_TO)
        return syscall(SYS_ptrace, request, pid, address, data);
    if (syscall(SYS_ptrace, request, pid, address, &word) != 0)
        return -1;
    return word;
}

int timer_gettime(timer_t timer, struct itimerspec *left)
{
    static int (*own)(timer_t, struct itimerspec *);
    int status;

    if (own == NULL)
        *(void **)&own = dlsym(RTLD_NEXT, "timer_gettime");
    status = own(timer, left);

    if (status == 0 && left->it_value.tv_sec == 0 && left->it_value.tv_nsec == 0)
        raise(SIGALRM);
    return status;
}
