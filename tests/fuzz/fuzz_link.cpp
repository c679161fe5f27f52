// The fragment of a link: any text is either a scenario that encodes again, or refused with a message.
#include "core/catalog/link.h"
#include "tests/fuzz/fuzz.h"

int headroom::fuzz::fuzz_link(const std::uint8_t* data, std::size_t size) {
  using namespace headroom;
  const auto spec = decode_link({reinterpret_cast<const char*>(data), size});
  if (!spec.ok()) {
    fuzz::require(!spec.error().message.empty());
    return 0;
  }
  const auto again = decode_link(encode_link(*spec));
  fuzz::require(again.ok());
  fuzz::require(encode_link(*again) == encode_link(*spec));
  return 0;
}
