/* A kernel that says what it was started with, on the first serial port, and ends the machine.

   By Linux's boot protocol for 32 bits (Documentation/arch/x86/boot.rst): told_kernel.py puts the
   header before it. The words of the command line, and Adler-32 (RFC 1950) of its own bytes and of
   those of the initrd, as GRUB has loaded them. No variables: its bytes stay as they came. */

typedef unsigned char byte;

/* First of all: where it is entered, with the parameters in %esi. */
__asm__(".text\n"
        ".globl first\n"
        "first: mov $0x7c00, %esp\n"
        "push %esi\n"
        "call told\n");

#define PORT 0x3f8
#define READY 0x20
#define EXIT 0xf4      /* QEMU's isa-debug-exit */
#define HERE 0x100000
#define PARAGRAPHS 0x1f4
#define INITRD 0x218
#define INITRD_SIZE 0x21c
#define COMMAND_LINE 0x228

static void out(unsigned short port, byte value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static byte in(unsigned short port)
{
    byte value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static void say(const char *text)
{
    for (; *text; text++) {
        while (!(in(PORT + 5) & READY))
            ;
        out(PORT, *text);
    }
}

static void say_number(unsigned number)
{
    char text[9];
    for (int place = 0; place < 8; place++)
        text[place] = "0123456789abcdef"[number >> (28 - 4 * place) & 15];
    text[8] = 0;
    say(text);
}

static unsigned adler(const byte *data, unsigned size)
{
    unsigned low = 1, high = 0;
    while (size) {
        unsigned count = size < 5552 ? size : 5552;
        size -= count;
        while (count--) {
            low += *data++;
            high += low;
        }
        low %= 65521;
        high %= 65521;
    }
    return high << 16 | low;
}

static unsigned word(const byte *parameters, unsigned place)
{
    return *(const unsigned *)(parameters + place);
}

void told(const byte *parameters)
{
    say("\nstarted kernel=");
    say_number(adler((const byte *)HERE, word(parameters, PARAGRAPHS) * 16));
    say(" initrd=");
    say_number(adler((const byte *)word(parameters, INITRD), word(parameters, INITRD_SIZE)));
    say(" ");
    say((const char *)word(parameters, COMMAND_LINE));
    say(" end\n");
    out(EXIT, 0);
    for (;;)
        __asm__ volatile("hlt");
}
