#include "wasm/app/typed_number.h"

#include <doctest/doctest.h>

using namespace headroom;

TEST_CASE("counts as people type them, and nothing else") {
  for (const char* text :
       {"131072", "131,072", "131.072", "131 072", "131_072", "131\xE2\x80\xAF\x30\x37\x32", "128k", "128 K"}) {
    CHECK_MESSAGE(read_count(text) == 131072, text);
  }
  CHECK(read_count("1.5k") == 1536);
  CHECK(read_count("1,5k") == 1536);
  CHECK(read_count("1m") == 1024 * 1024);
  for (const char* text : {"", "-5", "+5", "1.5", "1e9", "12abc3", "abc", "k", "5kk", ".5k", "1.2.3", "0x10",
                           "5 k tokens", "1,000,00", "1 5", "1,2,3", "12,34"}) {
    CHECK_MESSAGE(!read_count(text).has_value(), text);
  }
}
