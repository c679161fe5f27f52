// The pack of facts: a damaged one is refused, never read past its end, and what is accepted can be asked for
// everything.
#include <algorithm>
#include <vector>

#include "core/catalog/catalog.h"
#include "core/catalog/pack.h"
#include "tests/fuzz/fuzz.h"

namespace {

void load(std::span<const std::uint8_t> bytes) {
  using namespace headroom;
  constexpr std::size_t kEntries = 8;
  const auto catalog = Catalog::load(bytes);
  if (!catalog.ok()) {
    fuzz::require(!catalog.error().message.empty());
    return;
  }
  for (std::size_t i = 0; i < std::min((*catalog)->models().size(), kEntries); ++i) {
    static_cast<void>((*catalog)->architecture(i));
    static_cast<void>((*catalog)->model_record(i));
  }
  for (std::size_t i = 0; i < std::min((*catalog)->devices().size(), kEntries); ++i) {
    static_cast<void>((*catalog)->device_record(i));
  }
}

}  // namespace

// Once as it is, and once with the checksum it should have, which random changes would never meet.
int headroom::fuzz::fuzz_pack(const std::uint8_t* data, std::size_t size) {
  load({data, size});
  std::vector<std::uint8_t> sealed(data, data + size);
  headroom::seal_pack(sealed);
  load(sealed);
  return 0;
}
