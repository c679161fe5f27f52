#include "wasm/pack/catalog_pack.h"

// The assembler copies the file in: a generated array of a megabyte would take the compiler seconds.
#ifdef __wasm__
#define HEADROOM_DATA_SECTION ".section .rodata.headroom_pack,\"\",@\n"
#define HEADROOM_INT32 ".int32"
#else
#define HEADROOM_DATA_SECTION ".section .rodata\n"
#define HEADROOM_INT32 ".long"
#endif

__asm__(HEADROOM_DATA_SECTION
        ".globl headroom_pack_begin\n"
        ".p2align 4\n"
        ".type headroom_pack_begin,@object\n"
        "headroom_pack_begin:\n"
        ".incbin \"" HEADROOM_PACK_FILE
        "\"\n"
        ".Lheadroom_pack_end:\n"
        ".size headroom_pack_begin, .Lheadroom_pack_end-headroom_pack_begin\n"
        ".globl headroom_pack_size\n"
        ".p2align 2\n"
        ".type headroom_pack_size,@object\n"
        "headroom_pack_size:\n" HEADROOM_INT32
        " .Lheadroom_pack_end-headroom_pack_begin\n"
        ".size headroom_pack_size, 4\n"
        ".text\n");

extern "C" const std::uint8_t headroom_pack_begin[];
extern "C" const std::uint32_t headroom_pack_size;

namespace headroom {

std::span<const std::uint8_t> catalog_pack() { return {headroom_pack_begin, headroom_pack_size}; }

}  // namespace headroom
