// The pack of facts: a damaged one is refused, never read past its end.
#include "core/catalog/catalog.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headroom;
  const auto catalog = Catalog::load({data, size});
  fuzz::require(catalog.ok() || !catalog.error().message.empty());
  return 0;
}
