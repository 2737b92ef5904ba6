/* Between these two the counter counts apart: no-operations with an operand that no compiler writes. */
#pragma once
#if defined(__aarch64__)
#define MARK_BEGIN() __asm__ volatile("hint #0x71" ::: "memory")
#define MARK_END() __asm__ volatile("hint #0x72" ::: "memory")
#elif defined(__riscv)
#define MARK_BEGIN() __asm__ volatile("slti x0, x0, 0x711" ::: "memory")
#define MARK_END() __asm__ volatile("slti x0, x0, 0x712" ::: "memory")
#else
#error "the lab has no such device"
#endif
